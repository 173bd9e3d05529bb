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
from parallelsdk.storage.filesystem import remote_files
from parallelsdk.storage.mount import FileMount, MountPlace
from parallelsdk.storage.state import state_of

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


def test_a_file_that_is_not_what_was_planned_is_not_handed_out(
    place: MountPlace, fetched: list[str]
) -> None:
    states = [file.state for file in remote_files(ROOT)]
    fsspec.filesystem("memory").pipe("/mount-test/1.txt", b"another size")
    mount = FileMount(place)
    assert mount.bring(URIS[:1], states[:1]) == [place.place_of(URIS[0])]
    with pytest.raises(DataException, match=r"1\.txt' has changed .*size 5 then, 12 now"):
        mount.bring(URIS[1:2], states[1:2])
    assert files(place) == ["0.txt"]
    assert fetched == ["0.txt"]


def test_a_local_file_is_copied_as_it_was_planned_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "a"
    path.write_text("a")
    before = state_of(str(path))
    place = MountPlace(str(tmp_path / "data"), str(tmp_path / "mount"), copies_local=True)
    mount = FileMount(place)
    [copy] = mount.bring([str(path)], [before])
    assert Path(copy).read_text() == "a"
    mount.release([str(path)])
    path.write_text("longer")
    with pytest.raises(DataException, match="a' has changed since the job began: size 1 then"):
        mount.bring([str(path)], [before])
    assert files(place) == []


def test_what_is_on_its_way_is_not_in_the_folder_that_user_code_may_list(
    place: MountPlace, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    get_file, seen = MemoryFileSystem.get_file, []

    def look(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        get_file(self, path, *args, **kwargs)
        seen.append(files(place))

    monkeypatch.setattr(MemoryFileSystem, "get_file", look)
    FileMount(place).bring(URIS[:1])
    assert seen == [[]]
    place.clear()
    assert not os.path.exists(place.unfinished)
