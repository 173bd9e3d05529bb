"""The file of a step's mini-batches: Arrow blocks that are checked before a byte of them is parsed.

Alone, because this is true of the file whatever it says: it is complete or absent, a damaged one is
told, and it can be read wherever the workspace lies by now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import pyarrow as pa

from parallelsdk.data.block import FIELDS, Block
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.jobstore.places import Places
from parallelsdk.mltable._checked_arrow import CHECKED_KEY, CheckedFile, CheckedWriter
from parallelsdk.storage.transfer import replacing

_ROOT_KEY: Final = b"parallelsdk.workspace"  # where the workspace lay when this was written
_PLACE_KEY: Final = b"parallelsdk.place"  # the file's own name below it

Metadata = dict[bytes | str, bytes | str]


class PlanFileWriter:
    """Writes blocks one by one; the file at ``path`` is complete or absent.

    Until then it lies in the folder ``unfinished`` beside its place. ``root`` is the workspace that
    it belongs to, if it lies in one.
    """

    def __init__(self, path: str, metadata: Metadata, *, root: str = "") -> None:
        self._path = path
        metadata = {**metadata, CHECKED_KEY: b"1"}
        below = os.path.relpath(path, root) if root else os.pardir
        if not below.startswith(os.pardir):
            metadata |= {_ROOT_KEY: os.fsencode(root), _PLACE_KEY: os.fsencode(below)}
        self.schema = pa.schema(list(FIELDS), metadata=metadata)
        self._stack = ExitStack()

    def __enter__(self) -> PlanFileWriter:
        folder, name = os.path.split(self._path)
        unfinished = os.path.join(folder, "unfinished")
        with ExitStack() as stack:
            stack.callback(_remove_empty, unfinished)
            partial = replacing(self._path, unfinished=os.path.join(unfinished, name))
            file = stack.enter_context(open(stack.enter_context(partial), "xb"))
            self._writer = CheckedWriter(file, self.schema)
            self._stack = stack.pop_all()
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a block."""
        self._writer.write(batch)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._writer.close()


class PlanFile:
    """The blocks of a file, by number. A context manager.

    ``whole`` checks all of it at once; else each block is checked when it is first asked for.
    A damaged file raises DataException, a missing one OSError.
    """

    def __init__(self, path: str, *, whole: bool = False) -> None:
        self._path = path
        with _told(path):
            self._file = CheckedFile(path, whole=whole)
        self.starts = self._file.starts
        self.metadata: Mapping[bytes, bytes] = self._file.schema.metadata or {}
        self._moved = _Move.of(self.metadata, path)

    def __enter__(self) -> PlanFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; nothing can be read afterwards."""
        self._file.close()

    @property
    def is_moved(self) -> bool:
        """Whether the workspace lies elsewhere than when this was written."""
        return self._moved is not None

    @property
    def root(self) -> str:
        """Where the workspace lies now; empty when this belongs to none."""
        place = self.metadata.get(_PLACE_KEY)
        return "" if place is None else os.fsdecode(_root_of(self._path, place))

    def block(self, number: int) -> Block:
        """The block of that number. Raises DataException when it is not as it was written."""
        with _told(self._path):
            return Block(self._file.batch(number), self.now if self.is_moved else None)

    def now(self, path: bytes) -> bytes:
        """Where a file lies that lay at ``path`` when this was written."""
        return path if self._moved is None else self._moved(path)

    @property
    def moved_into(self) -> tuple[bytes, ...]:
        """The folders, each with a slash behind it, whose files were moved or copied there."""
        return () if self._moved is None else self._moved.into


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what is wrong with the bytes of a file into the error that names it."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DataException(
            f"{path} is damaged ({error}). It says how the input was cut, so the job cannot go on; "
            "submit it anew. What is committed lies beside it, untouched.",
            target=ErrorTarget.DATA,
        ) from error


def _remove_empty(folder: str) -> None:
    with suppress(OSError):  # others may have something there
        os.rmdir(folder)


class _Move:
    """Where files lie now, of a workspace that lies elsewhere than it did."""

    def __init__(self, before: str, now: str) -> None:
        self._before, self._now = Places(before), Places(now, before)
        beside = os.path.join(os.path.dirname(before), "x")
        folders = [now, *([os.path.dirname(now)] if self._now.found(beside) != beside else [])]
        self.into = tuple(os.path.join(os.fsencode(folder), b"") for folder in folders)

    def __call__(self, path: bytes) -> bytes:
        if not path.startswith(b"/"):
            return path
        return os.fsencode(self._now.found(self._before.stored(os.fsdecode(path))))

    @classmethod
    def of(cls, metadata: Mapping[bytes, bytes], path: str) -> _Move | None:
        """The move of the workspace that the plan at ``path`` belongs to; None without one."""
        root = metadata.get(_ROOT_KEY)
        if root is None:
            return None
        now = _root_of(path, metadata[_PLACE_KEY])
        return None if now == root else cls(os.fsdecode(root), os.fsdecode(now))


def _root_of(path: str, place: bytes) -> bytes:
    """The workspace in which a file lies at ``path`` whose name in there is ``place``.

    Folders are counted, not compared: a job's folder may have been given another name.
    """
    levels = len(Path(os.fsdecode(place)).parts)
    return os.fsencode(Path(path).absolute().parents[levels - 1])
