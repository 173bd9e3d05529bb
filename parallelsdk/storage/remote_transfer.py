"""Files between this machine and a store: whole or not at all, and never unnoticed shorter.

Alone, because a store knows no rename that takes a folder at once: what makes a transfer whole is
said here. Not fsspec's recursive copying, which takes ``*`` and ``[`` in names for patterns.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.filesystem import local_names, refuse_other, remote_files
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.remote import attempt, open_store, without_secrets
from parallelsdk.storage.state import UNKNOWN, FileState
from parallelsdk.storage.transfer import replacing, sync
from parallelsdk.storage.unfinished import owned_name

AT_ONCE: Final = 8  # files; a store answers slowly, but many at a time


@dataclass(slots=True)
class Transfer:
    """How far a transfer of several files has come; -1 bytes where a store does not say."""

    files: int
    bytes: int
    files_done: int = 0
    bytes_done: int = 0


Progress = Callable[[Transfer], None]


def fetch(
    uri: str, goal: str, progress: Progress | None = None, *, unfinished: str | None = None
) -> None:
    """Bring a file, or a folder with all below it, to ``goal``; complete or absent.

    What has come lies at ``unfinished`` until all of it is there, as ``replacing`` has it. Raises
    DataException when there is nothing, when it stays incomplete, or when a name would leave the
    folder.
    """
    found = remote_files(uri)
    with replacing(goal, unfinished=unfinished) as target:
        if len(found) == 1 and found[0].url == uri:
            _all([(uri, target, found[0].size)], _fetch_for_long, progress)
            return
        os.makedirs(target, exist_ok=True)
        names = local_names(uri, (file.url for file in found))
        _all(
            [
                (url, _inside(target, name), file.size)
                for file, (url, name) in zip(found, names, strict=True)
            ],
            _fetch_for_long,
            progress,
        )


def fetch_file(uri: str, goal: str, size: int = -1, state: FileState = UNKNOWN) -> int:
    """Bring one file to ``goal``, whose folder is made; its size in bytes. Raises DataException.

    So it does for a file that is not in ``state`` any more, as far as its store tells.
    """
    store, path = open_store(uri)
    os.makedirs(os.path.dirname(goal), exist_ok=True)

    def get() -> int:
        expected: int | None = size
        if size < 0:
            found = store.info(path)
            expected = found.get("size")
            refuse_other(uri, found, state)
        store.get_file(path, goal)
        got = os.stat(goal).st_size
        if expected is not None and got != expected:
            raise ConnectionError(f"{got} of {expected} bytes arrived")
        return got

    try:
        got = attempt(uri, get)
    except FileNotFoundError as error:
        raise DataException(
            f"There is nothing at {without_secrets(uri)!r}.", target=ErrorTarget.DATA
        ) from error
    return got


def _fetch_for_long(uri: str, goal: str, size: int) -> int:
    got = fetch_file(uri, goal, size)
    sync(goal)
    return got


def deliver(
    source: str,
    uri: str,
    progress: Progress | None = None,
    *,
    owner: str = "",
    left_out: list[str] | None = None,
) -> None:
    """Bring a file, or a folder with all below it, to a store; whole or not at all.

    A single file appears when its last byte has arrived. The files of a folder are first brought
    to a name beside it, which is the ``owner``'s, and moved to their places when all have arrived;
    when that breaks, those that came are taken away again. What no store can hold, such as a FIFO,
    is ``left_out``. Raises DataException.
    """
    if not os.path.isdir(source):
        _all([(uri, source, os.stat(source).st_size)], _put_file, progress)
        return
    root = uri.rstrip("/")
    beside = f"{root}.partial-{owned_name(owner)}"
    if owner:
        _remove_folder(beside)  # a killed predecessor may have left it
    files, names, lost = [], [], [] if left_out is None else left_out
    for path in iter_files(source):
        if not os.path.isfile(path) and not os.path.isdir(path):
            lost.append(path)
            continue
        names.append(os.path.relpath(path, source))
        files.append((f"{beside}/{names[-1]}", path, os.stat(path).st_size))
    try:
        _all(files, _put_file, progress)
        _move(beside, root, names)
    finally:
        _remove(beside, names)
        _remove_folder(beside)


def _remove_folder(uri: str) -> None:
    with contextlib.suppress(Exception):  # it is not there, or a store has no folders
        store, folder = open_store(uri)
        store.rm(folder, recursive=True)


def _put_file(uri: str, source: str, size: int) -> int:
    store, path = open_store(uri)

    def put() -> int:
        with contextlib.suppress(NotImplementedError):
            store.makedirs(store._parent(path), exist_ok=True)
        store.put_file(source, path)
        store.invalidate_cache()
        there = store.info(path).get("size")
        if there is not None and there != size:
            raise ConnectionError(f"{there} of {size} bytes arrived")
        return size

    return attempt(uri, put, "cannot be written")


def _move(beside: str, root: str, names: Sequence[str]) -> None:
    """Copy within the store, from beside the goal to the goal; all or none of the new ones.

    Files that were there before are replaced; what else is there stays.
    """
    moved: list[str] = []
    try:
        for name in names:
            source, goal = f"{beside}/{name}", f"{root}/{name}"
            store, path = open_store(goal)
            if not attempt(goal, partial(store.exists, path)):
                moved.append(name)
            _, origin = open_store(source)
            attempt(goal, partial(_copy_within, store, origin, path), "cannot be written")
    except BaseException:
        _remove(root, moved)
        raise


def _copy_within(store: Any, origin: str, path: str) -> None:
    with contextlib.suppress(NotImplementedError):
        store.makedirs(store._parent(path), exist_ok=True)
    store.cp_file(origin, path)


def _remove(root: str, names: Sequence[str]) -> None:
    """Take away what is there of these files; a store that refuses keeps them."""
    store, folder = open_store(root)
    for name in names:
        with contextlib.suppress(FileNotFoundError, DataException):
            path = f"{folder.rstrip('/')}/{name}"
            attempt(root, partial(store.rm_file, path), "cannot be removed")


def _all(
    items: Sequence[tuple[str, str, int]],
    carry: Callable[[str, str, int], int],
    progress: Progress | None,
) -> None:
    """Carry all files, several at once; the first failure ends it."""
    total = sum(size for _, _, size in items) if all(s >= 0 for _, _, s in items) else -1
    state = Transfer(len(items), total)
    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(items)))) as pool:
        running = [pool.submit(carry, *item) for item in items]
        try:
            for ended in as_completed(running):
                state.bytes_done += ended.result()
                state.files_done += 1
                if progress is not None:
                    progress(state)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _inside(folder: str, name: str) -> str:
    """The path of a file below ``folder``. Raises DataException for a name that leads out of it."""
    path = os.path.normpath(os.path.join(folder, name))
    if not path.startswith(os.path.join(folder, "")):
        raise DataException(
            f"The name {name!r} leads out of its folder; it is not fetched.",
            target=ErrorTarget.DATA,
        )
    return path
