"""What both readers make of all tables, and in what they differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mltable_parity.oracle import mltable_python, silent_environment
from tests.mltable_parity.tables import write_tables
from tests.parity.oracle import locked

HERE = Path(__file__).resolve().parent
Results = dict[str, dict[str, Any]]


def shared(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The file or folder ``name`` in ``folder``, made once by whichever process comes first.

    ``make`` gets a path of its own, which takes its place when it is complete.
    """
    found = folder / name
    with locked(folder / f"{name}.lock"):
        if not found.exists():
            partial = folder / f"partial-{os.getpid()}-{name}"
            make(partial)
            partial.rename(found)
    return found


def run_script(script: str, reader: str, tables: Path, out: Path, root: Path) -> None:
    """Run a script beside this file with the interpreter of ``reader``.

    Raises AssertionError with what it said when it fails.
    """
    if reader == "mltable":
        python, environment = mltable_python(root), silent_environment(tables.parent / "home")
    else:
        python, environment = sys.executable, {**os.environ, "PYTHONPATH": str(root)}
    command = [python, str(HERE / script), "--reader", reader]
    done = subprocess.run(
        [*command, "--tables", str(tables), "--out", str(out)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def read_with(
    reader: str,
    folder: Path,
    root: Path,
    write: Callable[[Path], object] = write_tables,
    *,
    of: str = "all",
) -> Results:
    """What ``reader`` makes of the tables that ``write`` writes; on the first call for those."""
    return _run("read_tables", reader, folder, root, write, of=of)


def cut_with(reader: str, folder: Path, root: Path, write: Callable[[Path, Path], None]) -> Results:
    """How ``reader`` cuts the tables that ``write`` writes; written and cut on the first call."""
    return _run("read_partitions", reader, folder, root, lambda path: write(path, root))


def _run(
    script: str,
    reader: str,
    folder: Path,
    root: Path,
    write: Callable[[Path], object],
    *,
    of: str = "all",
) -> Results:
    tables = shared(folder, f"{script}-{of}-tables", write)

    def read(path: Path) -> None:
        run_script(f"{script}.py", reader, tables, path, root)

    found = shared(folder, f"{script}-{of}-{reader}.json", read)
    results: Results = json.loads(found.read_text(encoding="utf-8"))
    return results


def differences(
    reference: dict[str, Any], ours: dict[str, Any], *, unordered: bool = False
) -> list[str]:
    """In what the two results of a table differ, a line for each; all errors are equal."""
    if "error" in reference or "error" in ours:
        if "error" in reference and "error" in ours:
            return []
        return [f"reference {brief(reference)}; ours {brief(ours)}"]
    found = [
        f"{what}: reference {reference[what]}; ours {ours[what]}"
        for what in ("names", "rows")
        if reference[what] != ours[what]
    ]
    if found:
        return found
    for name in reference["names"]:
        types = reference["types"][name], ours["types"][name]
        if types[0] != types[1]:
            found.append(f"type of {name!r}: reference {types[0]}; ours {types[1]}")
    return found + _values(*(_rows(side, unordered) for side in (reference, ours)))


def brief(result: dict[str, Any]) -> str:
    """A result in short."""
    if "error" in result:
        return f"raises {result['error']}: {' '.join(result['message'].split())[:160]}"
    return f"gives {result['rows']} rows of {result['names']}"


def _rows(result: dict[str, Any], unordered: bool) -> list[tuple[Any, ...]]:
    rows = list(zip(*(result["values"][name] for name in result["names"]), strict=True))
    return sorted(rows, key=repr) if unordered else rows


def _values(reference: list[tuple[Any, ...]], ours: list[tuple[Any, ...]]) -> list[str]:
    found = [
        f"row {number}: reference {one}; ours {other}"
        for number, (one, other) in enumerate(zip(reference, ours, strict=True))
        if repr(one) != repr(other)  # 1, 1.0 and True are not the same
    ]
    return found[:5] + ([f"and {len(found) - 5} more rows"] if len(found) > 5 else [])
