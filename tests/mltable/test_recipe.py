"""What the steps of a document mean, and which of them are refused."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.mltable._definition import DelimitedOptions
from parallelsdk.mltable._recipe import read_recipe

FILES = {"a_csv": "x\n", "b_csv": "x\n", "c_csv": "x\n"}


def test_a_document_without_reader_is_a_list_of_files(make_table: Callable[..., str]) -> None:
    folder = make_table(
        "paths: [{pattern: '*.csv'}]\ntransformations: [{skip: 1}, {take: 1}]\n", **FILES
    )
    recipe = read_recipe(folder)
    assert recipe.reader is None
    assert [os.path.basename(path) for path in recipe.files()] == ["b.csv"]
    assert len(list(recipe.files())) == 1, "files can be asked for again"


def test_a_bare_reader_has_the_defaults_and_options_are_taken(
    make_table: Callable[..., str],
) -> None:
    folder = make_table("paths: []\ntransformations: [read_delimited]\n")
    assert read_recipe(folder).reader == DelimitedOptions()
    folder = make_table(
        'paths: []\ntransformations:\n  - read_delimited:\n      delimiter: "\\t"\n'
        "      encoding: iso-8859-1\n      header: no_header\n      empty_as_string: true\n"
        "      include_path_column: true\n      support_multi_line: true\n"
        "      infer_column_types: {sample_size: 3, column_type_overrides: "
        "[{columns: [a, b], column_type: string}]}\n      partition_size: 20971520\n"
    )
    options = read_recipe(folder).reader
    assert options is not None
    assert (options.delimiter, options.encoding, options.header) == ("\t", "latin1", "no_header")
    assert options.whole_files
    assert [column.name for column in options.overrides] == ["a", "b"]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("read_delimited: {delimeter: ','}", "has no key 'delimeter'"),
        ("read_delimited: {delimiter: 'ä'}", "one ASCII character"),
        ("read_delimited: {delimiter: '\\t'}", 'written "\\t"'),
        ("read_delimited: {encoding: utf8bom}", "no encoding 'utf8bom'"),
        ("read_delimited: {header: true}", "header must be one of"),
        ("read_delimited: {empty_as_string: 1}", "must be true or false"),
        ("read_delimited: {infer_column_types: {sample_size: 0}}", "from 1 up"),
        ("read_delimited: {path_column: P}", "can only be Path"),
        ("read_parquet: {header: no_header}", "read_parquet has no key 'header'"),
        ("read_json_lines: {invalid_lines: skip}", "is error or drop"),
        ("read_delta_lake: {version_as_of: 1, timestamp_as_of: 2020-01-01}", "not both"),
        ("read_delta_lake: {timestamp_as_of: soon}", "is a time such as"),
        ("filter: 'a in b'", "in is not part of the language"),
        ("keep_columns: a", "no reader stands above it"),
        ("take: -1", "from 0 up"),
        ("extract_columns_from_partition_format: {partition_format: a}", "no partition format"),
        ("extract_columns_from_partition_format: {}", "needs partition_format"),
    ],
)
def test_a_step_that_cannot_be_done_is_named_with_its_line(
    make_table: Callable[..., str], steps: str, words: str
) -> None:
    folder = make_table(f"paths: []\ntransformations:\n  - {steps}\n")
    with pytest.raises(ValidationException) as caught:
        read_recipe(folder)
    assert "MLTable:3: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("select_partitions: []", "needs at least one number"),
        ("select_partitions: [-1]", "select_partitions"),
        ("take_random_sample: {probability: 0.5}", "needs probability and seed"),
        ("take_random_sample: {probability: 2, seed: 1}", "a number from 0 to 1"),
        ("sample: {sampler: x, sampler_arguments: {}}", "must be random_percent"),
        ("filter: 'a ='", "is no filter"),
        ("filter: len(a) > 1", "there is no function len"),
        ("convert_column_types: [{columns: a}]", "needs columns and column_type"),
        ("convert_column_types: [{columns: a, column_type: datetime}]", "needs its formats"),
        ("convert_column_types: [{columns: a, column_type: date}]", "no column type 'date'"),
        (
            "convert_column_types: [{columns: a, column_type: {datetime: {formats: '%H'}}}]",
            "no date",
        ),
        (
            "convert_column_types: [{columns: a, column_type: {datetime: {formats: '%s'}}}]",
            "has %s",
        ),
        (
            "convert_column_types: [{columns: a, column_type: {boolean: {true_values: [y]}}}]",
            "needs both true_values",
        ),
        ("read_delimited", "a reader above already"),
        ("drop_columns: {pattern: '('}", "is no pattern"),
    ],
)
def test_a_step_after_the_reader_that_cannot_be_done_is_named(
    make_table: Callable[..., str], step: str, words: str
) -> None:
    folder = make_table(f"paths: []\ntransformations:\n  - read_delimited\n  - {step}\n")
    with pytest.raises(ValidationException, match=f"MLTable:4: .*{words}"):
        read_recipe(folder)
