"""Tables made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MakeTable = Callable[..., str]


@pytest.fixture
def make_table(tmp_path: Path) -> MakeTable:
    """Writes a folder with an MLTable file and the given files; gives the folder's path."""

    def make(mltable: str, **files: bytes | str) -> str:
        folder = tmp_path / "table"
        folder.mkdir(exist_ok=True)
        (folder / "MLTable").write_text(mltable)
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_csv", ".csv")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(folder)

    return make
