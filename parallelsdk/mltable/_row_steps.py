"""What the steps after the reader do to rows, piece by piece.

Alone, because the same steps run over a piece in a worker and over a whole table in one process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._conversion import (
    MIXED,
    STREAM_INFO,
    convert_array,
    convert_texts,
    plain_texts,
)
from parallelsdk.mltable._definition import (
    Column,
    ColumnType,
    Conversion,
    Filter,
    KeyColumns,
    RowRange,
    RowStep,
    Sample,
    Selection,
    TargetType,
)
from parallelsdk.mltable._filtering import filtered
from parallelsdk.mltable._partition_format import PartitionFormat


class RowSteps:
    """Applies ``steps`` to one piece after another; take and skip count over all of them."""

    def __init__(self, steps: Sequence[RowStep]) -> None:
        self._steps = tuple(steps)
        self._left = {n: s.count for n, s in enumerate(steps) if isinstance(s, RowRange)}
        self._formats = {
            step.text: PartitionFormat.parse(step.text)
            for step in steps
            if isinstance(step, KeyColumns)
        }

    @property
    def is_exhausted(self) -> bool:
        """Whether a take step has all its rows, so that no further piece can add any."""
        return any(
            isinstance(step, RowRange) and step.takes and self._left[number] == 0
            for number, step in enumerate(self._steps)
        )

    def apply(self, table: Any, path: str, start: int) -> Any:
        """What is left of the rows of the piece of ``path`` that begins at ``start``."""
        for number, step in enumerate(self._steps):
            match step:
                case Selection():
                    table = _selected(table, step)
                case Conversion():
                    table = _converted(table, step)
                case Filter():
                    table = filtered(table, step.text)
                case Sample():
                    table = _sampled(table, step, path, start)
                case RowRange():
                    table = self._counted(table, number, step)
                case KeyColumns():
                    found = self._formats[step.text]
                    for key, value in key_texts(found, path).items():
                        kind: ColumnType = "datetime" if key == found.date_key else "string"
                        table = table.append_column(
                            key, repeated(value, table.num_rows, Column(key, kind))
                        )
        return table

    def _counted(self, table: Any, number: int, step: RowRange) -> Any:
        count = min(self._left[number], table.num_rows)
        self._left[number] -= count
        return table.slice(0, count) if step.takes else table.slice(count)


def repeated(text: str | None, count: int, column: Column) -> Any:
    """An array of ``count`` times what a text means in the column."""
    value = convert_texts(pa.array([text], pa.string()), column)
    return pa.repeat(value[0], count)


def key_texts(partition_format: PartitionFormat, path: str) -> dict[str, str | None]:
    """The text of each key in a path; a date as one that reads as a date. None: it has none."""
    values = partition_format.values(path)
    if values is None:
        return dict.fromkeys(partition_format.keys)
    return {key: _key_text(partition_format, key, values[key]) for key in partition_format.keys}


def _key_text(partition_format: PartitionFormat, key: str, text: str) -> str | None:
    if key == partition_format.date_key:
        date = partition_format.date(text)
        return None if date is None else date.isoformat(sep=" ")
    # Arrow's texts are UTF-8; a byte of the path that is none becomes a question mark.
    return os.fsencode(text).decode("utf-8", "replace")


def _selected(table: Any, step: Selection) -> Any:
    names = step.applied(table.column_names)
    if not names and table.num_rows:
        raise DataException(
            f"The step {'keep' if step.keeps else 'drop'}_columns leaves no column of "
            f"{', '.join(table.column_names)}.",
            target=ErrorTarget.DATA,
        )
    return table if len(names) == table.num_columns else table.select(names)


def _converted(table: Any, step: Conversion) -> Any:
    for selection, target in step.entries:
        for place, name in enumerate(table.column_names):
            if not selection.hits(name):
                continue
            values, marks = table.column(place), table.schema.field(place).metadata or {}
            if MIXED in marks:
                values = _converted_json(values, target)
            else:
                values = convert_array(values, target)
            marks = {STREAM_INFO: b""} if target.kind == "stream_info" else None
            table = table.set_column(place, pa.field(name, values.type, metadata=marks), values)
    return table


def _converted_json(texts: Any, target: TargetType) -> Any:
    """Values of several kinds; what JSON calls true and false stays that as a truth value."""
    found = convert_array(plain_texts(texts), target)
    for text, value in (("true", True), ("false", False)) if target.kind == "bool" else ():
        found = pc.if_else(pc.equal(texts, pa.scalar(text)), value, found)
    return found


def _sampled(table: Any, step: Sample, path: str, start: int) -> Any:
    """Rows drawn with numbers that depend on the seed and the piece alone, on no earlier one."""
    key = f"{step.seed} {start} ".encode() + os.fsencode(os.path.basename(path))
    seed = int.from_bytes(hashlib.sha256(key).digest()[:16])
    draws = np.random.Generator(np.random.PCG64(seed)).random(table.num_rows)
    return table.filter(pa.array((draws >= step.low) & (draws < step.high)))
