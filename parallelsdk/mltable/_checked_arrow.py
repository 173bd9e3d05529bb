"""Arrow files whose batches are checked before a byte of them is parsed.

Alone, because two kinds of files in a job's folder are of this form: the plan of its mini-batches
and rows that had to be read to be planned. It stands in this room because Arrow does.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import accumulate
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa
from pyarrow import ipc

from parallelsdk.storage.sections import Sections, SectionWriter

CHECKED_KEY: Final = b"parallelsdk.checked"  # in the metadata: checksums are to be there
_ARROW_END: Final = b"ARROW1"


class CheckedWriter:
    """Writes batches to an open file, and behind them what they are checked by."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._sections = SectionWriter(file)
        self._writer = ipc.new_file(cast(Any, self._sections), schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        self._writer.write_batch(batch)
        self._sections.end_section(batch.num_rows)

    def close(self) -> None:
        """Write the end; the file itself is closed by whoever opened it."""
        self._writer.close()
        self._sections.seal()


class CheckedFile:
    """The batches of a file, by number; one without checksums, of an earlier release, as it is.

    ``whole`` checks all of it at once; else each batch is checked when it is first asked for. A
    damaged file raises ValueError, ArrowException or OSError. ``starts`` are the first rows of the
    batches, and the row after the last.
    """

    def __init__(self, path: str, *, whole: bool = False) -> None:
        self._sections: Sections | None = None
        with ExitStack() as stack:
            self._map = pa.memory_map(path)
            stack.callback(self._map.close)
            content = self._map.read_buffer()
            view = memoryview(cast(Any, content))
            if Sections.are_in(view):
                self._sections = Sections(view)
                content = content.slice(0, self._sections.length)
                count = len(self._sections.entries)
                for number in range(count) if whole else (0, count - 1):
                    self._sections.check(number)
            elif bytes(view[-len(_ARROW_END) :]) != _ARROW_END:
                raise ValueError("its end is not as it was written")
            self._reader = ipc.open_file(content)
            self.schema = self._reader.schema
            if self._sections is None and CHECKED_KEY in (self.schema.metadata or {}):
                raise ValueError("its checksums are missing")
            self.starts = list(accumulate(self._rows(), initial=0))
            stack.pop_all()

    def batch(self, number: int) -> Any:
        """The batch of that number, which is as it was written."""
        if self._sections is not None:
            self._sections.check(number)
        return self._reader.get_batch(number)

    def close(self) -> None:
        """Let go of the file; nothing can be read afterwards."""
        del self._reader
        self._sections = None
        self._map.close()

    def _rows(self) -> list[int]:
        """How many rows each batch holds."""
        count = self._reader.num_record_batches
        if self._sections is None:
            return [self._reader.get_batch(number).num_rows for number in range(count)]
        if len(self._sections.entries) != count + 1:  # Arrow's own table is the last
            raise ValueError("it has more or fewer batches than it says")
        return self._sections.entries[:count]
