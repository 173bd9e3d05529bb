"""Tables and plans made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import ipc


@pytest.fixture
def make_table(tmp_path: Path) -> Callable[..., str]:
    """Writes a folder with an MLTable file and files by name; gives the folder's path."""

    def make(mltable: str, files: dict[str, bytes | str]) -> str:
        folder = tmp_path / "table"
        folder.mkdir(exist_ok=True)
        (folder / "MLTable").write_text(mltable)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(folder)

    return make


def write_old_plan(path: Path, names: list[bytes]) -> None:
    """A mini-batch of each file as an earlier release wrote it: the bytes of Arrow alone, without
    checksums, states of files, or a workspace."""
    source = pa.struct([("path", pa.binary()), ("start", pa.int64()), ("stop", pa.int64())])
    pair = pa.struct([("key", pa.binary()), ("value", pa.binary())])
    schema = pa.schema(
        [
            ("sources", pa.list_(source)),
            ("items", pa.int64()),
            ("first_item", pa.int64()),
            ("partition", pa.list_(pair)),
        ],
        metadata={"parallelsdk.kind": "files", "parallelsdk.table": ""},
    )
    rows = [
        {"sources": [{"path": n, "start": 0, "stop": -1}], "items": 1, "first_item": at}
        for at, n in enumerate(names)
    ]
    with ipc.new_file(str(path), schema) as writer:
        writer.write_batch(pa.RecordBatch.from_pylist(rows, schema))
