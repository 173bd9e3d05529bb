"""Files under a mount: fetched once, several at a time, and gone when nobody needs them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from parallelsdk.exceptions import DataException
from parallelsdk.storage.mount import FileMount, MountPlace

ROOT = "memory://mount-test"
NAMES = [f"{n}.txt" for n in range(4)]
URIS = [f"{ROOT}/{name}" for name in NAMES]


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A store with four files; the names that it was asked for."""
    store = fsspec.filesystem("memory")
    for name in NAMES:
        store.pipe(f"/mount-test/{name}", name.encode())
    names: list[str] = []
    get_file = MemoryFileSystem.get_file

    def counted(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        names.append(os.path.basename(path))
        return get_file(self, path, *args, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, "get_file", counted)
    yield names
    store.rm("/mount-test", recursive=True)


@pytest.fixture
def place(tmp_path: Path) -> MountPlace:
    return MountPlace(ROOT, str(tmp_path / "mount"))


def files(place: MountPlace) -> list[str]:
    found = Path(place.folder).rglob("*")
    return sorted(path.name for path in found if path.is_file())


def test_files_are_there_while_they_are_held_and_gone_after(
    place: MountPlace, fetched: list[str]
) -> None:
    mount = FileMount(place)
    paths = mount.bring([URIS[0], URIS[1], URIS[0]])
    assert [Path(path).read_text() for path in paths] == ["0.txt", "1.txt", "0.txt"]
    assert sorted(fetched) == ["0.txt", "1.txt"]
    mount.release(URIS[:1])
    assert files(place) == ["1.txt"]


def test_a_file_that_another_worker_holds_stays_and_is_not_fetched_again(
    place: MountPlace, fetched: list[str]
) -> None:
    one, two = FileMount(place), FileMount(place)
    one.bring(URIS[:1])
    two.bring(URIS[:1])
    assert fetched == ["0.txt"]
    one.release(URIS[:1])
    assert files(place) == ["0.txt"]
    two.release(URIS[:1])
    assert files(place) == []


def test_the_files_of_a_mini_batch_are_fetched_at_the_same_time(
    place: MountPlace, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_there = threading.Barrier(len(URIS), timeout=20)  # breaks when one waits for another
    get_file = MemoryFileSystem.get_file

    def together(self: Any, *args: Any, **kwargs: Any) -> Any:
        all_there.wait()
        return get_file(self, *args, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, "get_file", together)
    mount = FileMount(place)
    mount.bring(URIS)
    mount.release(URIS)
    mount.prefetch(URIS)
    mount.bring(URIS)
    assert files(place) == NAMES
    assert len(fetched) == 2 * len(URIS)


def test_a_file_that_is_missing_is_named_and_the_others_can_be_let_go_of(
    place: MountPlace, fetched: list[str]
) -> None:
    mount = FileMount(place)
    wanted = [URIS[0], f"{ROOT}/gone.txt", URIS[1]]
    with pytest.raises(DataException, match=r"gone\.txt"):
        mount.bring(wanted)
    mount.release(wanted)
    assert files(place) == []


def test_urls_that_differ_in_their_query_are_different_files(tmp_path: Path) -> None:
    place = MountPlace("https://host/all", str(tmp_path / "mount"))
    urls = ["https://host/get?id=1&sig=SECRET", "https://host/get?id=2", "https://host/get"]
    found = [os.path.relpath(place.place_of(url), place.folder) for url in urls]
    assert len(set(found)) == 3
    assert [os.path.basename(path) for path in found] == ["get"] * 3
    assert "SECRET" not in "".join(found)
    single = MountPlace("https://host/a.csv?sig=SECRET", place.folder)
    assert single.place_of("https://host/a.csv?sig=SECRET") == f"{place.folder}/a.csv"
