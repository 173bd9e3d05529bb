"""Assets: versions that never change, labels that may, and an index that is sound or refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from parallelsdk.exceptions import AssetException, ValidationException
from parallelsdk.jobstore import _index
from parallelsdk.jobstore.assets import AssetKind, AssetStore
from parallelsdk.jobstore.computes import ComputeStore
from parallelsdk.jobstore.layout import Workspace

DATA = AssetKind.DATA


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(Workspace(tmp_path / "workspace"))


def test_reading_makes_no_workspace(store: AssetStore, tmp_path: Path) -> None:
    assert store.all(DATA) == []
    assert store.find(DATA, "a", "1") is None
    assert list(tmp_path.iterdir()) == []


def test_an_asset_without_a_version_gets_the_one_after_the_last(store: AssetStore) -> None:
    versions = [store.register(DATA, "a", None, {"n": n}, {}).version for n in range(3)]
    assert versions == ["1", "2", "3"]
    store.register(DATA, "a", "40", {}, {})
    store.register(DATA, "a", "beta", {}, {})
    assert store.register(DATA, "a", None, {}, {}).version == "41"
    assert [record.version for record in store.versions(DATA, "a")][:3] == ["41", "beta", "40"]


def test_the_kinds_do_not_meet(store: AssetStore) -> None:
    store.register(DATA, "a", None, {}, {})
    assert store.register(AssetKind.MODEL, "a", None, {}, {}).version == "1"
    assert [record.kind for record in store.all(DATA)] == [DATA]


def test_the_same_content_again_renews_the_labels_alone(store: AssetStore) -> None:
    first = store.register(DATA, "a", "1", {"x": 1, "y": 2}, {"tags": {"a": "b"}})
    again = store.register(DATA, "a", "1", {"y": 2, "x": 1}, {"tags": {"c": "d"}})
    assert (again.created, again.labels) == (first.created, {"tags": {"c": "d"}})
    assert store.versions(DATA, "a") == [again]


def test_other_content_under_a_taken_version_is_refused_and_changes_nothing(
    store: AssetStore,
) -> None:
    first = store.register(DATA, "a", "1", {"path": "/x", "type": "uri_file"}, {})
    with pytest.raises(AssetException, match=r"a:1 .*differs in path\)"):
        store.register(DATA, "a", "1", {"path": "/y", "type": "uri_file"}, {})
    assert store.versions(DATA, "a") == [first]


def test_content_comes_back_as_it_was(store: AssetStore) -> None:
    content = {"z": [1, 2.5, None, True], "a": {"b": "ü \U0001f600 \udcff\x00 ${{x}}"}}
    store.register(DATA, "a", "1", content, {})
    found = store.find(DATA, "a", "1")
    assert found is not None
    assert found.content == content
    assert list(found.content) == ["z", "a"]


@pytest.mark.parametrize("name", ["", "../a", "a:b", "a b"])
def test_what_is_no_name_is_refused(name: str, store: AssetStore) -> None:
    with pytest.raises(ValidationException, match="no valid data name"):
        store.register(DATA, name, None, {}, {})
    with pytest.raises(ValidationException, match="no valid data version"):
        store.register(DATA, "a", name or "a/b", {}, {})


def test_archiving_marks_one_version_or_all(store: AssetStore) -> None:
    for _ in range(2):
        store.register(DATA, "a", None, {}, {})
    assert store.set_archived(DATA, "a", "1", archived=True) == 1
    assert [record.archived for record in store.versions(DATA, "a")] == [False, True]
    assert store.set_archived(DATA, "a", None, archived=True) == 2
    assert all(record.archived for record in store.versions(DATA, "a"))
    assert store.set_archived(DATA, "b", None, archived=True) == 0


def _overwrite(path: Path) -> None:
    path.write_bytes(b"what is this?" * 1000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _zero_a_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)
    path.write_bytes(data)


def _edit(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE assets SET content = '{\"n\": 7}' WHERE id = 5")
    connection.close()


@pytest.mark.parametrize("harm", [_overwrite, _empty, _cut, _zero_a_page, _edit])
def test_a_damaged_index_is_told_and_never_trusted(
    harm: Callable[[Path], None], store: AssetStore, tmp_path: Path
) -> None:
    for n in range(200):
        store.register(DATA, "a", None, {"n": n}, {})
    index = tmp_path / "workspace" / "index.sqlite"
    harm(index)
    for call in (
        lambda: store.versions(DATA, "a"),
        lambda: store.register(DATA, "a", None, {}, {}),
    ):
        with pytest.raises(AssetException, match=r"index\.sqlite is damaged .*Move it away"):
            call()


def test_an_index_that_was_moved_away_begins_anew(store: AssetStore, tmp_path: Path) -> None:
    store.register(DATA, "a", None, {}, {})
    for path in (tmp_path / "workspace").glob("index.sqlite*"):
        path.rename(path.with_name("old-" + path.name))
    assert store.all(DATA) == []
    assert store.register(DATA, "a", None, {}, {}).version == "1"


def test_an_index_of_a_newer_version_is_refused(store: AssetStore, tmp_path: Path) -> None:
    store.register(DATA, "a", None, {}, {})
    with sqlite3.connect(tmp_path / "workspace" / "index.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(AssetException, match="newer version"):
        store.all(DATA)


def test_a_change_that_fails_inside_leaves_nothing(store: AssetStore, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    with pytest.raises(RuntimeError), _index.writing(workspace) as connection:
        connection.execute("INSERT INTO computes VALUES ('a', 'local', '')")
        raise RuntimeError
    assert ComputeStore(workspace).targets() == {}


def test_a_compute_stands_for_what_it_was_attached_to_last(tmp_path: Path) -> None:
    computes = ComputeStore(Workspace(tmp_path / "workspace"))
    computes.attach("big", "dask://a:1")
    computes.attach("big", "ray://b:2")
    computes.attach("a", "local")
    assert computes.targets() == {"a": "local", "big": "ray://b:2"}
