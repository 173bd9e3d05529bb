"""One block of mini-batch descriptions: how they lie in Arrow arrays, written and read.

Alone, because reading one mini-batch must cost a microsecond or two and make no objects but its own
paths: offsets are looked up in the mapped buffers, no Arrow scalar is made.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import pyarrow as pa

Source = tuple[bytes, int, int]  # path, first byte, byte after the last one (-1: the whole file)

_SOURCE: Final = pa.struct([("path", pa.binary()), ("start", pa.int64()), ("stop", pa.int64())])
_PAIR: Final = pa.struct([("key", pa.binary()), ("value", pa.binary())])
FIELDS: Final = (
    pa.field("sources", pa.list_(_SOURCE)),
    pa.field("items", pa.int64()),  # -1: known when it has been read
    pa.field("first_item", pa.int64()),  # index of its first item in the whole input; -1: unknown
    pa.field("partition", pa.list_(_PAIR)),  # null unless split by partition keys
)


def encode(
    sources: Sequence[Sequence[Source]],
    items: Sequence[int],
    first_items: Sequence[int],
    partitions: Sequence[Mapping[str, str] | None],
    schema: pa.Schema,
) -> pa.RecordBatch:
    """The record batch of the mini-batches described by four lists of equal length."""
    flat = [source for group in sources for source in group]
    structs = pa.StructArray.from_arrays(
        [
            _binaries([path for path, _, _ in flat]),
            _integers([start for _, start, _ in flat]),
            _integers([stop for _, _, stop in flat]),
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
    columns: list[Any] = [
        _lists(FIELDS[0].type, sources, structs),
        _integers(items),
        _integers(first_items),
        _lists(FIELDS[3].type, keys, texts, given),
    ]
    return pa.record_batch(columns, schema=schema)


class Block:
    """The mini-batches of one record batch, by their place in it."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        lists: Any = batch.column(0)
        structs = lists.values
        self._offsets = _words(lists, 1, "i")
        paths = structs.field(0)
        self._path_offsets = _words(paths, 1, "i")
        self._path_bytes = _bytes(paths, 2)
        self._starts = _words(structs.field(1), 1, "q")
        self._stops = _words(structs.field(2), 1, "q")
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
        return [bytes(data[ends[i] : ends[i + 1]]) for i in range(first, last)]

    def sources(self, row: int, most: int | None = None) -> list[Source]:
        """The first ``most`` sources, or all."""
        first, last = self._range(row, most)
        places = zip(self._starts[first:last], self._stops[first:last], strict=True)
        return [
            (path, start, stop)
            for path, (start, stop) in zip(self.paths(row, most), places, strict=True)
        ]

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
