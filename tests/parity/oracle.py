"""The reference SDK in a virtual environment of its own.

Made once per checkout, below ``build/``, and never a dependency of the package. Set
``PARALLELSDK_ORACLE`` to an interpreter that has it already, and nothing is made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REFERENCE = "azure-ai-ml==1.35.2"
# What the reference asks for without an upper bound, pinned to what the suite was written against.
PINS = ("marshmallow==3.26.2",)


class OracleError(Exception):
    """The reference cannot be had, so nothing can be compared."""


def oracle_python(root: Path) -> str:
    """The interpreter that can import the reference; makes its environment on the first call.

    Several test processes may call at once. Raises OracleError when it cannot be installed.
    """
    given = os.environ.get("PARALLELSDK_ORACLE")
    if given:
        return given
    folder = root / "build" / "oracle"
    folder.parent.mkdir(exist_ok=True)
    with locked(folder.with_name("oracle.lock")):
        mark = folder / REFERENCE
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder)
            mark.touch()
    return str(folder / "bin" / "python")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out while inside."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", REFERENCE, *PINS])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OracleError(
            f"The parity suite compares with {REFERENCE}, and its environment cannot be made: "
            f"{' '.join(command)} failed. Is the package index reachable? Or set "
            f"PARALLELSDK_ORACLE to an interpreter that has it.\n{done.stderr[-2000:]}"
        )
