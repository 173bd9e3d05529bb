"""A list of files as the rows of a table: what a filter before a reader, or without one, sees."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from parallelsdk.mltable._conversion import convert_texts
from parallelsdk.mltable._definition import PATH_COLUMN, Column, Filter
from parallelsdk.mltable._filtering import filtered
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._row_steps import key_texts

_PLACE = ""  # a column's name that no expression can spell


def file_table(files: Sequence[str], partition_format: PartitionFormat | None) -> Any:
    """The path of each file, and what the partition format says of it, dates as dates."""
    paths = [os.fsencode(name).decode("utf-8", "replace") for name in files]
    table = pa.table({PATH_COLUMN: pa.array(paths, pa.string())})
    if partition_format is None:
        return table
    values = [key_texts(partition_format, name) for name in files]
    for key in partition_format.keys:
        column = Column(key, "datetime" if key == partition_format.date_key else "string")
        texts = pa.array([row[key] for row in values], pa.string())
        table = table.append_column(key, convert_texts(texts, column))
    return table


def filtered_files(
    files: Sequence[str], partition_format: PartitionFormat | None, step: Filter
) -> Iterator[str]:
    """The files for which the filter is true, in their order."""
    table = file_table(files, partition_format)
    places = pa.array(range(len(files)), pa.int64())
    kept = filtered(table.append_column(_PLACE, places), step.text)
    return (files[place] for place in kept.column(_PLACE).to_pylist())
