"""Which files of a code folder are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk.storage.ignore import IgnoreRules


@pytest.mark.parametrize(
    ("text", "path", "is_folder", "excluded"),
    [
        ("", "a/__pycache__", True, True),
        ("", "a.py", False, False),
        ("*.csv", "data/x.csv", False, True),
        ("*.csv", "x.csv.py", False, False),
        ("data/", "a/data", True, True),
        ("data/", "a/data", False, False),
        ("/data", "a/data", True, False),
        ("/data", "data", True, True),
        ("a/*.txt", "a/b/x.txt", False, False),
        ("a/**/x.txt", "a/b/c/x.txt", False, True),
        ("a/**/x.txt", "a/x.txt", False, True),
        ("a/**", "a/b", False, True),
        ("*.txt\n!keep.txt", "keep.txt", False, False),
        ("# *.py\n\n\\#x", "#x", False, True),
        ("[ab]?.py", "b1.py", False, True),
        ("[!ab].py", "a.py", False, False),
    ],
)
def test_the_last_rule_that_matches_decides(
    text: str, path: str, is_folder: bool, excluded: bool
) -> None:
    assert IgnoreRules.parse(text).excludes(path, is_folder=is_folder) is excluded


@pytest.mark.parametrize(
    ("text", "path", "left_out"),
    [
        ("lib/", "lib/a.py", True),
        ("lib/\n!lib/a.py", "lib/a.py", True),
        ("b", "a/b/c/d.py", True),
        ("lib/", "lib.py", False),
        ("", "__pycache__/a.py", True),
        ("*.py\n!a.py", "a.py", False),
    ],
)
def test_a_file_is_left_out_with_any_folder_that_it_is_in(
    text: str, path: str, left_out: bool
) -> None:
    assert IgnoreRules.parse(text).leaves_out(path) is left_out


def test_amlignore_is_read_instead_of_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.py")
    assert IgnoreRules.of_folder(str(tmp_path)).excludes("a.py", is_folder=False)
    (tmp_path / ".amlignore").write_text("*.csv")
    assert not IgnoreRules.of_folder(str(tmp_path)).excludes("a.py", is_folder=False)
