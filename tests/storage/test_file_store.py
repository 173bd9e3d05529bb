"""Large files of code lie on the disk once, and nobody's copy can be harmed by another's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from parallelsdk.storage import file_store
from parallelsdk.storage.file_store import LEAST_BYTES, FileStore
from parallelsdk.storage.snapshot import copy_snapshot, drop_unchanged, snapshot_code


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(b"large" * LEAST_BYTES)
    path.chmod(0o644)
    return path


@pytest.fixture(params=["hard links", "copies"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system without clones, or without hard links either."""
    monkeypatch.setattr(file_store, "share", lambda *_: False)
    if request.param == "copies":

        def refused(*_: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(os, "link", refused)
    return str(request.param)


def test_what_is_brought_has_the_content_and_its_hash(
    store: FileStore, large: Path, tmp_path: Path, disk: str
) -> None:
    for name in ("a", "b"):
        digest = store.bring(str(large), str(tmp_path / name))
        assert digest == hashlib.sha256(large.read_bytes()).digest()
        assert (tmp_path / name).read_bytes() == large.read_bytes()
        assert not os.access(tmp_path / name, os.X_OK)
    same = os.stat(tmp_path / "a").st_ino == os.stat(tmp_path / "b").st_ino
    assert same == (disk == "hard links")
    large.chmod(0o755)
    store.bring(str(large), str(tmp_path / "c"))
    assert os.access(tmp_path / "c", os.X_OK) and not os.access(tmp_path / "a", os.X_OK)


def test_the_source_is_never_shared(store: FileStore, large: Path, tmp_path: Path) -> None:
    store.bring(str(large), str(tmp_path / "a"))
    with large.open("r+b") as file:
        file.write(b"other")
    assert (tmp_path / "a").read_bytes().startswith(b"large")


def test_a_stored_file_that_somebody_wrote_to_is_not_used_again(
    store: FileStore, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "share", lambda *_: False)
    store.bring(str(large), str(tmp_path / "a"))
    (tmp_path / "a").chmod(0o644)  # whoever wants to can
    with (tmp_path / "a").open("r+b") as file:
        file.write(b"spoilt")
    digest = store.bring(str(large), str(tmp_path / "b"))
    assert digest == hashlib.sha256(large.read_bytes()).digest()
    assert (tmp_path / "b").read_bytes() == large.read_bytes()


def test_pruning_leaves_what_a_job_has(
    store: FileStore, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "share", lambda *_: False)
    store.bring(str(large), str(tmp_path / "a"))
    assert store.prune() == 0
    os.unlink(tmp_path / "a")
    assert (store.prune(), store.prune()) == (large.stat().st_size, 0)
    store.bring(str(large), str(tmp_path / "a"))  # and it goes on
    assert (tmp_path / "a").read_bytes() == large.read_bytes()


def test_pruning_leaves_what_somebody_is_storing_and_takes_what_was_given_up(
    store: FileStore, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.bring(str(large), str(tmp_path / "a"))
    partial = tmp_path / "files" / ".partial-1"
    partial.write_bytes(b"half")
    os.utime(partial, (0, 0))
    store.prune()
    assert partial.exists()
    monkeypatch.setattr(file_store, "_MAKING", -1)
    store.prune()
    assert not partial.exists()


def test_two_snapshots_share_large_files_and_no_small_ones(
    store: FileStore, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "share", lambda *_: False)
    code = tmp_path / "code"
    code.mkdir()
    (code / "small.py").write_text("x = 1")
    large.rename(code / "large.bin")
    found = [Path(snapshot_code(str(code), str(tmp_path / n), store=store)) for n in ("a", "b")]
    assert (
        found[0].name == found[1].name == Path(snapshot_code(str(code), str(tmp_path / "c"))).name
    )
    for name, is_shared in (("large.bin", True), ("small.py", False)):
        one, other = ((folder / name).stat().st_ino for folder in found)
        assert (one == other) is is_shared


def test_a_command_changes_its_own_copy_and_leaves_no_large_ones(
    store: FileStore, large: Path, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    for name in ("kept.bin", "changed.bin"):
        (code / name).write_bytes(large.read_bytes() + name.encode())
    (code / "small.py").write_text("x = 1")
    snapshot = snapshot_code(str(code), str(tmp_path / "a"), store=store)
    work = tmp_path / "work"
    copy_snapshot(snapshot, str(work))
    with (work / "changed.bin").open("r+b") as file:
        file.write(b"mine")
    assert (Path(snapshot) / "changed.bin").read_bytes().startswith(b"large")
    drop_unchanged(str(work))
    assert sorted(path.name for path in work.iterdir()) == ["changed.bin", "small.py"]
