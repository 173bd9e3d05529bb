"""Rows of Parquet files: each row group is decoded once, and never held whole when it is large."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from parallelsdk.mltable._parquet import ParquetReader, cut_rows, file_shape

ROWS = 600_000
SCHEMA = pa.schema([("n", pa.int64())])
MEASURED = """
import sys, tracemalloc
import pyarrow as pa
from parallelsdk.mltable._parquet import ParquetReader, cut_rows, file_shape
path = sys.argv[1]
shape = file_shape(path)
reader = ParquetReader(shape.schema, (), shape.schema.names)
pieces = list(cut_rows(path, shape, 1_000_000))
tracemalloc.start()  # what is read is bytes of Python, what is decoded lies in Arrow's pool
rows = sum(reader.read(*piece).num_rows for piece in pieces)
print(rows, (tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().max_memory()) // 2**20)
"""


def write(path: Path, rows: int, group: int) -> str:
    table = pa.table({"n": np.arange(rows)}, schema=SCHEMA)
    parquet.write_table(table, path, row_group_size=group, compression=None, use_dictionary=False)
    return str(path)


def test_leaps_within_a_row_group_go_on_and_those_to_another_begin_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    iter_batches = parquet.ParquetFile.iter_batches

    def counted(self: Any, *args: Any, row_groups: Any, **kwargs: Any) -> Any:
        begun.append(*row_groups)
        return iter_batches(self, *args, row_groups=row_groups, **kwargs)

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", counted)
    path = write(tmp_path / "a.parquet", ROWS, ROWS // 2)
    reader = ParquetReader(SCHEMA, (), ("n",))
    # As one of several workers takes them: a few pieces, then far ahead, then back for a retry.
    for start in (0, 10, 100_000, 290_000, 310_000, 590_000, 20):
        found = reader.read(path, start, start + 10)
        assert found["n"].to_pylist() == list(range(start, start + 10))
    assert begun == [0, 1, 0]
    over_the_border = reader.read(path, ROWS // 2 - 1, ROWS // 2 + 1)
    assert over_the_border["n"].to_pylist() == [ROWS // 2 - 1, ROWS // 2]


def test_a_large_row_group_is_cut_into_equal_parts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", ROWS, ROWS // 2)
    pieces = list(cut_rows(path, file_shape(path), 1_300_000))
    assert [(start, stop) for _, start, stop in pieces] == [
        (0, 150_000),
        (150_000, 300_000),
        (300_000, 450_000),
        (450_000, 600_000),
    ]


def test_a_row_group_larger_than_the_memory_for_it_is_streamed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", 25_000_000, 25_000_000)  # 200 MB
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True
    )
    rows, megabytes = map(int, done.stdout.split())
    assert rows == 25_000_000
    assert megabytes < 120
