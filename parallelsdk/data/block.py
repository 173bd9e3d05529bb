"""One block of mini-batch descriptions: how they lie in Arrow arrays, written and read.

Alone, because reading one mini-batch must cost a microsecond or two and make no objects but its own
paths: offsets are looked up in the mapped buffers, no Arrow scalar is made.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import pyarrow as pa

from parallelsdk.storage.state import UNKNOWN, UNREADABLE, FileState

Move = Callable[[bytes], bytes]
IsSame = Callable[[bytes, int, int, int], bool]  # path, size, mtime_ns, inode
Source = tuple[bytes, int, int]  # path, first byte, byte after the last one (-1: the whole file)

_STATES: Final = 3  # the first field of the state of a source's file
_SOURCE: Final = pa.struct(
    [
        ("path", pa.binary()),
        ("start", pa.int64()),
        ("stop", pa.int64()),
        # The file's state when it was planned; plans of earlier releases end before these.
        ("size", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("inode", pa.int64()),
    ]
)
_PAIR: Final = pa.struct([("key", pa.binary()), ("value", pa.binary())])
FIELDS: Final = (
    pa.field("sources", pa.list_(_SOURCE)),
    pa.field("items", pa.int64()),  # -1: known when it has been read
    pa.field("first_item", pa.int64()),  # index of its first item in the whole input; -1: unknown
    pa.field("partition", pa.list_(_PAIR)),  # null unless split by partition keys
)


def encode(
    sources: Sequence[Sequence[Source]],
    states: Sequence[Sequence[FileState]],
    items: Sequence[int],
    first_items: Sequence[int],
    partitions: Sequence[Mapping[str, str] | None],
    schema: pa.Schema,
) -> pa.RecordBatch:
    """The record batch of the mini-batches described by five lists of equal length."""
    flat = [source for group in sources for source in group]
    columns = zip(*(state for group in states for state in group), strict=True)
    kept = list(columns) or [(), (), ()]
    structs = pa.StructArray.from_arrays(
        [
            _binaries([path for path, _, _ in flat]),
            _integers([start for _, start, _ in flat]),
            _integers([stop for _, _, stop in flat]),
            *map(_integers, kept),
        ],
        fields=list(_SOURCE),
    )
    keys = [_pairs(row) for row in partitions]
    pairs = [pair for row in keys for pair in row]
    texts = pa.StructArray.from_arrays(
        [_binaries([key for key, _ in pairs]), _binaries([value for _, value in pairs])],
        fields=list(_PAIR),
    )
    given = [row is not None for row in partitions]
    arrays: list[Any] = [
        _lists(FIELDS[0].type, sources, structs),
        _integers(items),
        _integers(first_items),
        _lists(FIELDS[3].type, keys, texts, given),
    ]
    return pa.record_batch(arrays, schema=schema)


class Block:
    """The mini-batches of one record batch, by their place in it."""

    def __init__(self, batch: pa.RecordBatch, now: Move | None = None) -> None:
        """``now`` says where the files lie that have moved since the batch was written."""
        self._now = now
        lists: Any = batch.column(0)
        structs = lists.values
        self._offsets = _words(lists, 1, "i")
        paths = structs.field(0)
        self._path_offsets = _words(paths, 1, "i")
        self._path_bytes = _bytes(paths, 2)
        self._starts = _words(structs.field(1), 1, "q")
        self._stops = _words(structs.field(2), 1, "q")
        self.has_states = structs.type.num_fields > _STATES
        places = range(_STATES, structs.type.num_fields)
        self._states = [_words(structs.field(place), 1, "q") for place in places]
        self._any_unreadable = self.has_states and UNREADABLE.size in self._states[0]
        self._items = _words(batch.column(1), 1, "q")
        self._first_items = _words(batch.column(2), 1, "q")
        self._partitions: Any = batch.column(3)
        self._partitioned = self._partitions.null_count < batch.num_rows
        self.total_items = sum(self._items) if min(self._items) >= 0 else -1

    def items(self, row: int) -> int:
        """The number of files or rows, -1 when nobody has counted."""
        return self._items[row]

    def first_item(self, row: int) -> int:
        """The index of the first item in the whole input, -1 when nobody has counted."""
        return self._first_items[row]

    def source_count(self, row: int) -> int:
        """The number of files, or pieces of files."""
        return self._offsets[row + 1] - self._offsets[row]

    def paths(self, row: int, most: int | None = None) -> list[bytes]:
        """The paths of the first ``most`` sources, or of all."""
        first, last = self._range(row, most)
        ends, data = self._path_offsets, self._path_bytes
        paths = [bytes(data[ends[i] : ends[i + 1]]) for i in range(first, last)]
        return paths if self._now is None else [self._now(path) for path in paths]

    def sources(self, row: int, most: int | None = None) -> list[Source]:
        """The first ``most`` sources, or all."""
        first, last = self._range(row, most)
        places = zip(self._starts[first:last], self._stops[first:last], strict=True)
        return [
            (path, start, stop)
            for path, (start, stop) in zip(self.paths(row, most), places, strict=True)
        ]

    def states(self, row: int) -> list[FileState]:
        """The states of the files of its sources; those of a plan without states are UNKNOWN."""
        first, last = self._range(row, None)
        if not self.has_states:
            return [UNKNOWN] * (last - first)
        columns = [column[first:last] for column in self._states]
        return list(map(FileState._make, zip(*columns, strict=True)))

    def find_other(self, row: int, paths: Sequence[bytes], is_same: IsSame) -> int | None:
        """The first of its files that is not in its state, by its place; None if all are.

        ``paths`` are those that ``paths`` gives. Files without a state are passed over.
        """
        if not self.has_states:
            return None
        first = self._offsets[row]
        sizes, times, inodes = self._states
        for place, path in enumerate(paths):
            at = first + place
            if sizes[at] >= 0 and not is_same(path, sizes[at], times[at], inodes[at]):
                return place
        return None

    def unreadable(self, row: int) -> list[bytes]:
        """Those of its files that could not be read when they were planned."""
        if not self._any_unreadable:
            return []
        pairs = zip(self.paths(row), self.states(row), strict=True)
        return [path for path, state in pairs if state == UNREADABLE]

    def partition(self, row: int) -> dict[str, str] | None:
        """The partition keys and their values, as text, or None."""
        pairs = self._partitions[row].as_py() if self._partitioned else None
        if pairs is None:
            return None
        return {os.fsdecode(pair["key"]): os.fsdecode(pair["value"]) for pair in pairs}

    def _range(self, row: int, most: int | None) -> tuple[int, int]:
        first, last = self._offsets[row], self._offsets[row + 1]
        return first, last if most is None else min(last, first + most)


# Arrays are made from buffers, not by pa.array(): that imports pandas, half a second and 60 MB that
# the driver of a file list has no use for.


def _integers(values: Sequence[int]) -> Any:
    data = pa.py_buffer(array("q", values))
    return pa.Array.from_buffers(pa.int64(), len(values), [None, data])


def _binaries(values: Sequence[bytes]) -> Any:
    offsets = pa.py_buffer(array("i", accumulate(map(len, values), initial=0)))
    buffers = [None, offsets, pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.binary(), len(values), buffers)


def _lists(
    kind: pa.DataType,
    groups: Sequence[Sequence[object]],
    values: Any,
    given: Sequence[bool] | None = None,
) -> Any:
    """An array of lists that share out ``values``; null where ``given`` says so."""
    offsets = pa.py_buffer(array("i", accumulate(map(len, groups), initial=0)))
    validity = None
    if given is not None:
        bits = sum(1 << place for place, is_given in enumerate(given) if is_given)
        validity = pa.py_buffer(bits.to_bytes(len(given) // 8 + 1, "little"))
    return pa.Array.from_buffers(kind, len(groups), [validity, offsets], children=[values])


def _pairs(keys: Mapping[str, str] | None) -> list[tuple[bytes, bytes]]:
    """Values come from paths, so they may be no valid UTF-8."""
    return [(os.fsencode(key), os.fsencode(value)) for key, value in (keys or {}).items()]


def _words(array: Any, number: int, code: str) -> memoryview[int]:
    """A buffer of an array that nobody sliced, as 32-bit (``i``) or 64-bit (``q``) integers."""
    view: memoryview[int] = _bytes(array, number).cast("B").cast(code)  # type: ignore[call-overload]
    return view


def _bytes(array: Any, number: int) -> memoryview:
    buffer = array.buffers()[number]
    return memoryview(b"") if buffer is None else memoryview(buffer)
