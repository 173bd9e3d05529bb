"""What a table's definition is: names by header mode, types from the first rows, columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.mltable._definition import Column, TableDefinition
from parallelsdk.mltable._recipe import read_recipe
from parallelsdk.mltable._scan import define_table

DOCUMENT = "paths:\n  - pattern: '**/*.csv'\ntransformations:\n  - read_delimited: {%s}\n"


def define(
    make_table: Callable[..., str], options: str, steps: str = "", **files: object
) -> TableDefinition:
    return define_table(read_recipe(make_table(DOCUMENT % options + steps, **files)))


def names(definition: TableDefinition) -> list[str]:
    return [column.name for column in definition.cells]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("no_header", ["Column1", "Column2"]),
        ("from_first_file", ["a", "b"]),
        ("all_files_same_headers", ["a", "b"]),
        ("all_files_different_headers", ["a", "b", "c"]),
    ],
)
def test_each_header_mode_names_the_columns_its_way(
    make_table: Callable[..., str], header: str, expected: list[str]
) -> None:
    files = {"f0_csv": "\n", "f1_csv": "\na,b\n1,2\n", "f2_csv": "c,a\n3,4\n"}
    assert names(define(make_table, f"header: {header}", **files)) == expected


def test_rows_longer_than_the_header_add_columns(make_table: Callable[..., str]) -> None:
    assert names(define(make_table, "", f_csv="a,b\n1,2,3,\n")) == ["a", "b", "Column3", "Column4"]
    with pytest.raises(DataException, match="a column Column3 already"):
        define(make_table, "", f_csv="a,Column3\n1,2,3\n")


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_byte_order_marks_and_encodings_do_not_reach_the_names(
    make_table: Callable[..., str], mark: str
) -> None:
    for encoding, codec in (("utf8", "utf-8"), ("utf16", "utf-16-le")):
        content = f"{mark}é,b\n1,x\n".encode(codec)
        definition = define(make_table, f"encoding: {encoding}", f_csv=content)
        assert definition.cells == (Column("é", "bool"), Column("b", "string"))


def test_the_first_two_hundred_rows_over_the_files_decide_the_types(
    make_table: Callable[..., str],
) -> None:
    files = {"f1_csv": "a\n" + "2\n" * 150, "f2_csv": "a\n" + "2\n" * 50 + "x\n"}
    assert define(make_table, "", **files).cells == (Column("a", "int"),)
    files["f2_csv"] = "a\n" + "2\n" * 49 + "x\n"
    assert define(make_table, "", **files).cells == (Column("a", "string"),)
    assert define(make_table, "infer_column_types: {sample_size: 5}", **files).cells == (
        Column("a", "int"),
    )
    assert define(make_table, "infer_column_types: false", **files).cells == (
        Column("a", "string"),
    )


def test_a_sample_of_rows_that_are_longer_than_a_block_is_found(
    make_table: Callable[..., str],
) -> None:
    rows = "".join(f"{n},{'y' * 9000}\n" for n in range(199)) + "x,y\n"
    assert define(make_table, "", f_csv="a,b\n" + rows).cells[0] == Column("a", "string")
    long_header = ",".join(f"column{n:08}" for n in range(10_000))
    assert len(names(define(make_table, "", f_csv=long_header + "\n1\n"))) == 10_000


def test_an_empty_cell_makes_text_when_empty_cells_are_text(
    make_table: Callable[..., str],
) -> None:
    assert define(make_table, "empty_as_string: true", f_csv="a,b\n1,2\n,3\n").cells == (
        Column("a", "string"),
        Column("b", "int"),
    )


def test_overrides_decide_and_unknown_ones_are_named(make_table: Callable[..., str]) -> None:
    options = "infer_column_types: {column_type_overrides: [{columns: %s, column_type: string}]}"
    assert define(make_table, options % "a", f_csv="a\n1\n").cells[0].type == "string"
    with pytest.raises(DataException, match="names z; the table has a"):
        define(make_table, options % "z", f_csv="a\n1\n")


def test_columns_stand_in_the_order_that_the_steps_leave(make_table: Callable[..., str]) -> None:
    extract = "  - extract_columns_from_partition_format: {partition_format: '{s}/{n}.csv'}\n"
    files = {"1__x_csv": "a,b\n1,2\n", "2__y_csv": "a,b\n1,2\n"}
    after = define(
        make_table, "include_path_column: true", extract + "  - drop_columns: n\n", **files
    )
    assert after.needed == ("Path", "a", "b")
    assert after.keys == ()
    document = DOCUMENT.replace("transformations:\n", "transformations:\n" + extract)
    keep = "  - keep_columns: [b, s, nowhere]\n"
    before = define_table(read_recipe(make_table(document % "" + keep, **files)))
    assert before.needed == ("s", "b")
    assert before.keys[0] == Column("s", "int")
    with pytest.raises(DataException, match="leave no column"):
        define(make_table, "", "  - keep_columns: [zz]\n", **files)
    with pytest.raises(DataException, match="column a comes twice"):
        define(make_table, "", extract.replace("{s}", "{a}"), **files)


def test_a_definition_survives_its_json(make_table: Callable[..., str]) -> None:
    options = "infer_column_types: {column_type_overrides: [{columns: a, column_type: int}]}"
    definition = define(make_table, options, f_csv="a,é\n1,2020-01-02\n")
    assert TableDefinition.from_json(definition.to_json()) == definition


def test_files_without_any_record_are_an_error(make_table: Callable[..., str]) -> None:
    with pytest.raises(DataException, match="hold no record"):
        define(make_table, "", f_csv="\n\r\n")
