"""Which files a document names, and their order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.mltable._document import read_document
from parallelsdk.mltable._paths import iter_paths

NAMES = ["a/x.csv", "a-b/x.csv", "a.csv", ".hidden.csv", "z10.csv", "z2.csv", "a/deep/er.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "t [1]"  # a parent folder's brackets are no pattern
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def found(folder: Path, paths: str) -> list[str]:
    (folder / "MLTable").write_text(f"paths:\n{paths}")
    names = list(iter_paths(read_document(os.fspath(folder))))
    assert all(os.path.isabs(name) for name in names)
    return [os.path.relpath(name, folder) for name in names]


def test_a_folder_gives_all_files_with_the_document_sorted_by_component(folder: Path) -> None:
    assert found(folder, "  - folder: ./\n") == [
        ".hidden.csv",
        "MLTable",
        "a/deep/er.txt",
        "a/x.csv",
        "a-b/x.csv",
        "a.csv",
        "z10.csv",
        "z2.csv",
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", [".hidden.csv", "a.csv", "z10.csv", "z2.csv"]),
        ("./**/*.csv", [".hidden.csv", "a/x.csv", "a-b/x.csv", "a.csv", "z10.csv", "z2.csv"]),
        ("*/x.csv", ["a/x.csv", "a-b/x.csv"]),
        ("a*/**/*", ["a/deep/er.txt", "a/x.csv", "a-b/x.csv"]),
        ("z?.csv", ["z2.csv"]),
        ("[!z]*.csv", [".hidden.csv", "a.csv"]),
        ("../t [1]/a.csv", None),
        ("a", ["a/deep/er.txt", "a/x.csv"]),
        ("a.csv", ["a.csv"]),
    ],
)
def test_a_pattern_finds_its_files_in_order(
    folder: Path, pattern: str, expected: list[str] | None
) -> None:
    if expected is None:
        with pytest.raises(DataException, match="No file matches"):
            found(folder, f"  - pattern: '{pattern}'\n")
    else:
        assert found(folder, f"  - pattern: '{pattern}'\n") == expected


def test_entries_keep_their_order_and_duplicates(folder: Path) -> None:
    paths = f"  - file: z2.csv\n  - file: a.csv\n  - file: file://{folder}/z2.csv\n".replace(
        "t [1]", "t%20[1]"
    )
    assert found(folder, paths) == ["z2.csv", "a.csv", "z2.csv"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("file: '*.csv'", "write pattern:"),
        ("folder: a.csv", "write file:"),
        ("folder: none", "does not exist"),
        ("pattern: 'none*'", "No file matches"),
        ("pattern: 'a/**'", r"write \*\*/\*"),
        ("pattern: '**.csv'", "must stand alone"),
    ],
)
def test_an_entry_that_finds_nothing_is_named_by_its_line(
    folder: Path, entry: str, words: str
) -> None:
    with pytest.raises(DataException, match=rf"MLTable:3: .*{words}"):
        found(folder, f"  - folder: a\n  - {entry}\n")


def test_files_that_are_named_are_looked_for_by_a_reader_only(folder: Path) -> None:
    """As with the reference: a list tells what it was told, a folder by the name of a file, too."""
    assert found(folder, "  - file: none.csv\n  - file: a\n") == ["none.csv", "a"]
    for entry, words in (("none.csv", "There is no file"), ("a", "write folder:")):
        (folder / "MLTable").write_text(
            f"paths:\n  - file: {entry}\ntransformations: [read_delimited]\n"
        )
        with pytest.raises(DataException, match=rf"MLTable:2: .*{words}"):
            list(iter_paths(read_document(str(folder))))
