"""A hundred layouts of a store give the same as on disk: markers, empty objects, odd slashes."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches
from parallelsdk.exceptions import DataException
from parallelsdk.storage.mount import FileMount, MountPlace
from parallelsdk.storage.reader import read_bytes
from parallelsdk.storage.remote_transfer import fetch
from tests.servers import stores
from tests.servers.stores import Store

LAYOUTS = 100
AT_ONCE = 20  # in one test
MODES = ("download", "ro_mount", "direct")
MLTABLE = b"type: mltable\npaths: [{pattern: './**/*.csv'}]\ntransformations: [read_delimited]\n"
CAPITALS = ("hdi_isfolder", "Hdi_IsFolder", "HDI_ISFOLDER")
Contents = list[tuple[str, bytes]]

pytestmark = pytest.mark.timeout(400)  # the first of all installs a server


@dataclass
class Layout:
    """Objects by their keys, and what they mean."""

    objects: dict[str, bytes]
    folders: dict[str, str] = field(default_factory=dict)  # Azure's, marked by metadata

    @property
    def keys(self) -> list[str]:
        """The keys of what is a file."""
        return [key for key in self.objects if key and not key.endswith("/")]

    @property
    def files(self) -> dict[str, bytes]:
        """What is a file of it, by the name that it has on disk."""
        return {"/".join(filter(None, key.split("/"))): self.objects[key] for key in self.keys}

    @property
    def clashes(self) -> bool:
        """Whether a disk cannot hold it."""
        names = set(self.files)
        above = {name[:place] for name in names for place in range(len(name)) if name[place] == "/"}
        return len(self.keys) > len(names) or bool(names & above)

    def write(self, folder: Path) -> None:
        """Write it to disk."""
        for key in [*self.objects, *(f"{name}/" for name in self.folders)]:
            if key.endswith("/"):
                (folder / key).mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)


def layout(seed: int, kind: str = "") -> Layout:
    """A small folder as people and tools leave it in a store.

    The emulator of Google's store keeps one content for two names that differ in a second slash.
    """
    chance = random.Random(seed)
    folders = ["", "a/", "a/b/", "with blank/", "größe/"]
    found: dict[str, bytes] = {"MLTable": MLTABLE, "a/rows.csv": _rows(chance)}
    for number in range(chance.randint(1, 5)):
        name = f"{chance.choice(folders)}{number}.{chance.choice(('csv', 'txt'))}"
        found[name] = chance.choice((b"", _rows(chance), _rows(chance)))
    for folder in chance.sample([*folders[1:], "alone/", "alone/below/"], chance.randint(0, 4)):
        found[folder] = b""
    if chance.random() < 0.5:
        found[""] = b""  # of the layout's own folder
    if chance.random() < 0.3:
        found[f"{chance.choice(folders[1:])}/slash.csv"] = _rows(chance)
    if chance.random() < 0.1:
        found["a/rows.csv/below.csv"] = _rows(chance)
    elif chance.random() < 0.1 and kind != "google":
        found["a//rows.csv"] = _rows(chance)
    marked = chance.sample(["a", "a/b", "c", "c/d"], chance.randint(0, 3))
    return Layout(found, {name: chance.choice(CAPITALS) for name in marked})


def _rows(chance: random.Random) -> bytes:
    numbers = [chance.randrange(1000) for _ in range(chance.randint(1, 3))]
    return "".join(["id,name\n", *(f"{number},n{number}\n" for number in numbers)]).encode()


@pytest.fixture(scope="module")
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: Path
) -> Iterator[Store]:
    """A store with all layouts in it."""
    opened = stores.opened(request.param, root, tmp_path_factory.mktemp(request.param))
    with opened as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment.items():
            patch.setenv(name, value)
        if request.param == "google":  # its emulator lets more of them wait for a second
            patch.setattr("parallelsdk.storage.remote_transfer.AT_ONCE", 4)
        for seed in range(LAYOUTS):
            made, base = layout(seed, request.param), f"layouts/{seed}/"
            is_azure = request.param == "azure"
            found.put(
                {f"{base}{key}": data for key, data in made.objects.items()},
                {f"{base}{name}": mark for name, mark in made.folders.items()} if is_azure else {},
            )
        yield found
        for kind in ("abfs", "s3", "gs"):
            fsspec.get_filesystem_class(kind).clear_instance_cache()


def files_in(source: str, mode: str, place: Path) -> Contents:
    """The files that ``run()`` would be handed, by their names below the source, and their bytes.

    Raises DataException.
    """
    root = source
    if mode == "download":
        root = str(place / "download")
        fetch(source, root)
    plan = str(place / "mini_batches")
    plan_mini_batches(MajorInput(root, "uri_folder", mode=mode), Split(size=2), plan)
    if mode == "ro_mount":
        root = str(place / "mount")
    found = []
    with MiniBatchTable(plan) as mini_batches:
        for number in range(mini_batches.count):
            paths = mini_batches.load(number).value
            if mode == "ro_mount":
                paths = FileMount(MountPlace(source, root)).bring(paths)
            found += [(path.removeprefix(f"{root}/"), read_bytes(path)) for path in paths]
    return sorted(found)


def table_in(source: str, mode: str, place: Path) -> list[pd.DataFrame]:
    """The DataFrames that ``run()`` would be handed. Raises DataException."""
    if mode == "download":
        fetch(source, str(place / "download"))
        source = str(place / "download")
    plan = str(place / "mini_batches")
    plan_mini_batches(MajorInput(source, "mltable", mode=mode), Split(rows=2), plan)
    with MiniBatchTable(plan) as mini_batches:
        return [mini_batches.load(number).value for number in range(mini_batches.count)]


def _layouts(store: Store, first: int, folder: Path) -> Iterator[tuple[Layout, str, Path]]:
    """Some layouts, each with its URL in the store and a folder of its own."""
    for seed in range(first, first + AT_ONCE):
        place = folder / str(seed)
        place.mkdir()
        yield layout(seed, store.kind), store.url(f"layouts/{seed}"), place


@pytest.mark.parametrize("first", range(0, LAYOUTS, AT_ONCE))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_layout_gives_the_files_that_it_has_on_disk(
    store: Store, mode: str, first: int, tmp_path: Path
) -> None:
    for made, source, place in _layouts(store, first, tmp_path):
        if made.clashes and mode != "direct":
            with pytest.raises(DataException, match="cannot both lie in one folder"):
                files_in(source, mode, place)
            continue
        found = files_in(source, mode, place)
        if mode == "direct":  # names are as they are
            assert found == sorted((key, made.objects[key]) for key in made.keys)
            continue
        made.write(place / "disk")
        assert found == files_in(str(place / "disk"), "direct", place)


@pytest.mark.parametrize("first", range(0, LAYOUTS, AT_ONCE))
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_layout_gives_the_rows_that_it_has_on_disk(
    store: Store, mode: str, first: int, tmp_path: Path
) -> None:
    for made, source, place in _layouts(store, first, tmp_path):
        if made.clashes and mode == "download":
            with pytest.raises(DataException, match="cannot both lie in one folder"):
                table_in(source, mode, place)
            continue
        found = _sorted(table_in(source, mode, place))
        if made.clashes:
            texts = [data for key, data in made.objects.items() if key.endswith(".csv")]
            assert len(found) == sum(max(0, data.count(b"\n") - 1) for data in texts)
            continue
        made.write(place / "disk")
        expected = table_in(str(place / "disk"), "direct", place)
        pd.testing.assert_frame_equal(found, _sorted(expected))


def _sorted(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows; a name with two slashes comes elsewhere among the others than on disk."""
    whole = pd.concat(frames, ignore_index=True)
    return whole.sort_values(["id", "name"], ignore_index=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_names_that_a_folder_cannot_hold_are_refused_unless_they_stay_names(
    store: Store, mode: str, tmp_path: Path
) -> None:
    for number, other in enumerate(("a/./1.csv", "./a/1.csv", "b/../a/1.csv", "a" * 300)):
        store.put({f"odd/{number}/{other}": b"id\n1\n", f"odd/{number}/a/1.csv": b"id\n2\n"})
        place = tmp_path / str(number)
        place.mkdir()
        if mode == "direct":
            found = files_in(store.url(f"odd/{number}"), mode, place)
            assert sorted(data for _, data in found) == [b"id\n1\n", b"id\n2\n"]
        else:
            with pytest.raises(DataException, match=r"cannot (both )?lie in (one|a) folder"):
                files_in(store.url(f"odd/{number}"), mode, place)


def test_the_layouts_hold_what_is_asked_for() -> None:
    made = [layout(seed) for seed in range(LAYOUTS)]
    assert sum(one.clashes for one in made) >= 5
    assert sum(any("//" in key for key in one.objects) for one in made) >= 20
    assert sum(any(key.endswith("/") for key in one.objects) for one in made) >= 40
    assert sum(any(not data for key, data in one.files.items()) for one in made) >= 40
    assert {mark for one in made for mark in one.folders.values()} == set(CAPITALS)
    assert os.fsencode("größe") in b"".join(os.fsencode(key) for one in made for key in one.objects)
