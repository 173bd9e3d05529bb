"""The files that a script uploads to its run: copies in the step's logs, downloaded with them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import IO, Final

FOLDER: Final = "uploaded"  # below the step's logs

Source = str | os.PathLike[str] | IO[bytes]


class UploadedFiles:
    """The uploaded files of one step, whose logs lie in ``logs``; None: a process of no job."""

    def __init__(self, logs: Path | None) -> None:
        self._root = None if logs is None else logs / FOLDER

    def place(self, name: str) -> Path:
        """Where the file called ``name`` lies, in a folder that exists.

        ValueError for a name that leads elsewhere, RuntimeError in a process of no job.
        """
        inside = PurePosixPath(name)
        if self._root is None:
            raise RuntimeError("This process belongs to no job: there are no uploaded files.")
        if inside.is_absolute() or ".." in inside.parts or not inside.parts:
            raise ValueError(f"{name!r} is no name for a file of a run, such as 'outputs/a.txt'.")
        path = self._root / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, name: str, source: Source) -> Path:
        """Keep a copy of ``source``, a path or an open file, under ``name``."""
        path = self.place(name)
        if isinstance(source, str | os.PathLike):
            shutil.copyfile(source, path)
        else:
            with path.open("wb") as file:
                shutil.copyfileobj(source, file)
        return path

    def names(self) -> list[str]:
        """The names of all that were added, by whichever process of the step."""
        root = self._root
        if root is None:
            return []
        return sorted(f.relative_to(root).as_posix() for f in root.rglob("*") if f.is_file())
