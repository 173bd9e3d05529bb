"""Questions about what lies at a URI."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.storage.filesystem import exists, is_folder, list_files


def test_a_local_folder_answers(tmp_path: Path) -> None:
    (tmp_path / "[x]").mkdir()
    (tmp_path / "[x]" / "*").touch()
    uri = f"file://{tmp_path}/%5Bx%5D"
    assert (exists(uri), is_folder(uri), exists(uri + "/no")) == (True, True, False)
    assert list_files(uri) == list_files(str(tmp_path)) == [str(tmp_path / "[x]" / "*")]
    assert list_files(str(tmp_path / "[x]" / "*")) == [str(tmp_path / "[x]" / "*")]
    with pytest.raises(DataException, match="nothing at"):
        list_files(str(tmp_path / "no"))


def test_a_relative_path_is_listed_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").touch()
    monkeypatch.chdir(tmp_path)
    assert list_files(".") == [os.path.realpath(tmp_path / "f")]


def test_a_store_answers_in_the_same_order() -> None:
    store = fsspec.filesystem("memory")
    for name in ("a.csv", "a/x.csv", "a-b/x.csv"):
        store.pipe(f"/listing-test/{name}", b"")
    try:
        assert list_files("memory://listing-test") == [
            "memory://listing-test/a/x.csv",
            "memory://listing-test/a-b/x.csv",
            "memory://listing-test/a.csv",
        ]
        assert exists("memory://listing-test/a.csv")
        assert not is_folder("memory://listing-test/a.csv")
    finally:
        store.rm("/listing-test", recursive=True)
