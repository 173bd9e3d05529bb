"""A list of files as the rows of a table: what a filter before a reader, or without one, sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from parallelsdk.mltable._definition import PATH_COLUMN, Filter
from parallelsdk.mltable._filtering import filtered
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._row_steps import key_texts

_PLACE = ""  # a column's name that no expression can spell


def file_table(files: Sequence[str], partition_format: PartitionFormat | None) -> Any:
    """The path of each file, and what the partition format says of it, as texts."""
    columns = {PATH_COLUMN: [name.encode("utf-8", "replace").decode() for name in files]}
    for key in partition_format.keys if partition_format else ():
        assert partition_format is not None
        columns[key] = [key_texts(partition_format, name)[key] for name in files]  # type: ignore[misc]
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def filtered_files(
    files: Sequence[str], partition_format: PartitionFormat | None, step: Filter
) -> Iterator[str]:
    """The files for which the filter is true, in their order."""
    table = file_table(files, partition_format)
    places = pa.array(range(len(files)), pa.int64())
    kept = filtered(table.append_column(_PLACE, places), step.text)
    return (files[place] for place in kept.column(_PLACE).to_pylist())
