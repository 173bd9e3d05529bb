"""Reads tables with one of the readers and writes what came out as JSON.

Called by either interpreter, so it imports no reader before it is told which one::

    python read_tables.py --reader mltable|parallelsdk --tables FOLDER --out results.json

Each folder in FOLDER with an ``MLTable`` file is a table. The result of a table is ``{"names":
[..], "types": {..}, "rows": n, "values": {column: [..]}}`` or ``{"error": class, "message": ..}``.
A child process reads the tables one by one; when the reference's engine dies with it, the table
counts as ``Crash`` and another child goes on with the next.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

READERS = {"mltable": "mltable", "parallelsdk": "parallelsdk.mltable"}
LONGEST = 300.0  # seconds without a result until a child is given up
PANICKED = 3  # the exit code of a child whose engine cannot be trusted any more


def read_table(load: Callable[[str], Any], folder: Path) -> dict[str, Any]:
    """The result of one table."""
    try:
        frame = load(str(folder)).to_pandas_dataframe()
        return plain_frame(frame, folder)
    except Exception as error:
        return {"error": type(error).__name__, "message": f"{error}"[:500]}


def plain_frame(frame: Any, folder: Path) -> dict[str, Any]:
    """The names, types and values of a DataFrame, made of what JSON knows."""
    names = [str(name) for name in frame.columns]
    types, values = {}, {}
    for place, name in enumerate(names):
        column = frame.iloc[:, place]
        values[name] = [plain(value, folder) for value in column.tolist()]
        types[name] = coarse_type(column.dtype, column.tolist(), values[name])
    return {"names": names, "types": types, "rows": len(frame), "values": values}


def coarse_type(dtype: Any, found: list[Any], values: list[Any]) -> str:
    """One of int, float, bool, datetime, string, object, empty."""
    text = str(dtype)
    for start, name in (("int", "int"), ("uint", "int"), ("float", "float"), ("bool", "bool")):
        if text.startswith(start):
            return name
    if text.startswith("datetime64"):
        return "datetime"
    present = [
        (kind, value) for kind, value in zip(found, values, strict=True) if value is not None
    ]
    if not present:
        return "empty"
    if all(isinstance(kind, bool) for kind, _ in present):
        return "bool"
    if all(isinstance(kind, str) or hasattr(kind, "resource_identifier") for kind, _ in present):
        return "string"
    return "object"


def plain(value: Any, folder: Path) -> Any:
    """``value`` made of what JSON knows; nulls of all kinds are None, paths relative."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "resource_identifier"):
        value = value.resource_identifier
    if isinstance(value, str):
        return relative(value, folder)
    if isinstance(value, dict):
        return {str(key): plain(item, folder) for key, item in value.items()}
    if hasattr(value, "tolist") and not hasattr(value, "isoformat"):  # numpy's arrays and scalars
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item, folder) for item in value]
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else repr(value)
    if hasattr(value, "nanosecond"):
        return value.isoformat(timespec="nanoseconds")
    return str(value)


def relative(text: str, folder: Path) -> str:
    """A path in the same place as the table becomes relative to it; other text stays."""
    if text.startswith(f"{folder.parent}{os.sep}"):
        return Path(os.path.relpath(text, folder)).as_posix()
    return text


def read_some(reader: str, tables: Path, lines: Path, names: list[str]) -> int:
    """Read the tables one by one, appending a line for each. Returns the exit code."""
    load = importlib.import_module(READERS[reader]).load
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with lines.open("a", encoding="utf-8") as file:
        for name in names:
            panicked = False
            try:
                result = read_table(load, tables / name)
            except BaseException as error:  # what pyo3 makes of a panic is no Exception
                result = {"error": type(error).__name__, "message": f"{error}"[:500]}
                panicked = True
            file.write(json.dumps([name, result]) + "\n")
            file.flush()
            if panicked:
                return PANICKED
    return 0


def read_all(reader: str, tables: Path, out: Path) -> dict[str, Any]:
    """Read all tables in children that may crash."""
    names = sorted(file.parent.name for file in tables.glob("*/MLTable"))
    lines = out.with_name(f"{out.name}.lines")
    lines.unlink(missing_ok=True)
    results: dict[str, Any] = {}
    while left := [name for name in names if name not in results]:
        command = [sys.executable, __file__, "--reader", reader, "--tables", str(tables)]
        command += ["--out", str(out), "--child", *left]
        why = "Crash"
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
            said, code = done.stderr, done.returncode
        except subprocess.TimeoutExpired:
            why, said, code = "Hang", "", -1
        read = lines.read_text(encoding="utf-8") if lines.exists() else ""
        before = len(results)
        results.update(json.loads(line) for line in read.splitlines())
        if code not in (0, PANICKED):
            if code == 1 and len(results) == before:  # not the engine, but Python before it
                raise SystemExit(f"{reader} cannot be used:\n{said[-3000:]}")
            crashed = next((name for name in left if name not in results), None)
            if crashed is not None:
                results[crashed] = {"error": why, "message": said[-500:]}
    lines.unlink(missing_ok=True)
    return {name: results[name] for name in names}


def main() -> int:
    """Read the arguments and the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reader", choices=sorted(READERS), required=True)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--child", nargs="*")
    given = parser.parse_args()
    tables = given.tables.resolve()
    if given.child is not None:
        lines = given.out.with_name(f"{given.out.name}.lines")
        return read_some(given.reader, tables, lines, given.child)
    results = read_all(given.reader, tables, given.out)
    given.out.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
