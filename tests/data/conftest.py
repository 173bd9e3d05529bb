"""Tables made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


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
