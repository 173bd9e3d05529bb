"""The MLTable document: its shape is strict, and every error names file and line."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from parallelsdk.exceptions import DataException, ValidationException
from parallelsdk.mltable._document import read_document


def test_paths_and_steps_stand_in_their_order(make_table: Callable[..., str]) -> None:
    folder = make_table(
        "$schema: anything\ntype: mltable\npaths:\n  - file: b.csv\n  - pattern: '*.csv'\n"
        "transformations:\n  - read_delimited\n  - drop_columns: [a]\nmetadata: {x: 1}\n"
    )
    document = read_document(folder)
    assert [(entry.kind, entry.value) for entry in document.paths] == [
        ("file", "b.csv"),
        ("pattern", "*.csv"),
    ]
    assert [step.name for step in document.steps] == ["read_delimited", "drop_columns"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("paths: []\nname: x\n", 2, "has no key 'name'"),
        ("type: table\npaths: []\n", 1, "type must be mltable"),
        ("transformations: []\n", 1, "needs paths"),
        ("paths: ./x\n", 1, "paths must be a list"),
        ("paths:\n  - file: a\n    folder: b\n", 2, "exactly one key"),
        ("paths:\n  - files: a\n", 2, "has no key 'files'"),
        ("paths:\n  - file: 1\n", 2, "file must be a text"),
        ("paths: []\ntransformations:\n", 2, "must be a list, not nothing"),
        ("paths: []\ntransformations:\n  - read_csv\n", 3, "no transformation 'read_csv'"),
        ("paths: []\ntransformations:\n  - read_delimited:\n", 3, "without a value"),
        ("paths: []\ntransformations:\n  - take: 1\n    skip: 2\n", 3, "one name"),
        ("paths: []\ntransformations:\n  - take\n", 3, "take needs its options"),
        ("paths: []\npaths: []\n", 2, "a second time"),
        ("paths: [\n", 2, "not valid YAML"),
        ("paths: []\nx: !!python/object/apply:os.system [a]\n", 2, "has no key 'x'"),
        ("", 1, "empty"),
    ],
)
def test_an_error_of_shape_names_file_and_line(
    make_table: Callable[..., str], text: str, line: int, words: str
) -> None:
    folder = make_table(text)
    with pytest.raises(ValidationException) as caught:
        read_document(folder)
    assert str(caught.value).startswith(os.path.join(folder, f"MLTable:{line}: "))
    assert words in str(caught.value)


def test_a_document_that_expands_without_bound_is_refused(make_table: Callable[..., str]) -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    bombs = "metadata:\n" + "".join(f"  {level}\n" for level in levels) + "paths: []\n"
    for text in (bombs, "paths: " + "[" * 100_000, "paths: [" + "a," * 150_000 + "]"):
        folder = make_table(text)
        with pytest.raises(ValidationException, match="MLTable:"):
            read_document(folder)


def test_a_folder_without_mltable_file_says_what_to_do(make_table: Callable[..., str]) -> None:
    folder = make_table("paths: []\n")
    with pytest.raises(DataException, match="is the folder that holds the file"):
        read_document(os.path.join(folder, "MLTable"))
    os.remove(os.path.join(folder, "MLTable"))
    with pytest.raises(DataException, match="the type uri_folder"):
        read_document(folder)
    with pytest.raises(DataException, match="There is no folder"):
        read_document(os.path.join(folder, "nowhere"))
