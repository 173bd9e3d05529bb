"""Outputs reach their place whole, beside what is there, and leave nothing unfinished in it."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from parallelsdk.storage import transfer
from parallelsdk.storage.delivery import deliver_output
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.unfinished import owned_name, sweep, unfinished_for

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output with a file, a link to nowhere and a pipe."""
    folder = tmp_path / "step" / "out"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a").write_text("new")
    (folder / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("is_there", [True, False])
def test_what_can_be_delivered_is_and_what_is_no_file_is_told(
    tmp_path: Path, output: Path, is_there: bool
) -> None:
    goal = tmp_path / "goal"
    if is_there:
        (goal / "below").mkdir(parents=True)
        (goal / "below" / "a").write_text("old")
        (goal / "mine").write_text("mine")
    delivery = deliver_output(str(output), str(goal), owner="job/step/out")
    assert delivery.left_out == [str(output / "pipe")]
    assert (goal / "below" / "a").read_text() == "new"
    assert os.readlink(goal / "gone") == "nowhere"
    assert not (goal / "pipe").exists()
    assert (goal / "mine").exists() == is_there
    assert sorted(os.listdir(tmp_path)) == ["goal", "step"]


def test_a_store_gets_what_it_can_hold(output: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe(f"/delivered.partial-{owned_name('job/step/out')}/half", b"of a killed one")
    try:
        delivery = deliver_output(str(output), "memory://delivered", owner="job/step/out")
        assert sorted(delivery.left_out) == [str(output / name) for name in ("gone", "pipe")]
        assert store.find("/") == ["/delivered/below/a"]
    finally:
        store.rm("/delivered", recursive=True)


def test_while_files_are_delivered_none_of_them_lies_unfinished_in_the_folder(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = tmp_path / "shared" / "goal"
    goal.mkdir(parents=True)
    seen: list[list[str]] = []
    real = os.fsync

    def look(handle: int) -> None:
        seen.append([os.path.relpath(path, goal.parent) for path in iter_files(str(goal.parent))])
        assert not [name for name in os.listdir(goal) if name.startswith(".")]
        real(handle)

    monkeypatch.setattr(transfer.os, "fsync", look)
    deliver_output(str(output), str(goal), owner="job/step/out")
    assert seen and all(set(names) <= {"goal/below/a", "goal/gone"} for names in seen)


def test_into_a_folder_on_another_disk_files_are_moved_from_within(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mount point refuses it: nothing can be renamed from outside to inside."""
    goal = tmp_path / "goal"
    goal.mkdir()
    real, within = os.rename, f"{goal}/"

    def rename(source: str, target: str) -> None:
        if target.startswith(within) and not source.startswith(within):
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    with unfinished_for(str(goal), "job/step/out") as folder:
        assert folder.startswith(within)
        (goal / os.path.basename(folder) / "new").touch()
        assert list(iter_files(str(goal))) == []
    assert os.listdir(goal) == []


def test_what_a_killed_one_left_is_removed_by_the_same_owner_and_by_nobody_else(
    tmp_path: Path,
) -> None:
    goal = tmp_path / "goal"
    goal.mkdir()
    left = [f".parallelsdk-{owned_name(owner)}" for owner in ("mine", "other")]
    for folder in (tmp_path, goal):
        for name in left:
            (folder / name).mkdir()
    sweep(str(goal), "mine")
    assert sorted(os.listdir(tmp_path)) == sorted([left[1], "goal"])
    assert os.listdir(goal) == [left[1]]


def test_unchanged_files_are_not_delivered_again(tmp_path: Path, output: Path) -> None:
    goal = tmp_path / "goal"
    goal.mkdir()
    deliver_output(str(output), str(goal), unchanged=frozenset({"below/a"}))
    assert sorted(os.listdir(goal)) == ["gone"]
