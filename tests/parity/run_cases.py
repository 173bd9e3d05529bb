"""Runs the cases of some files against one SDK and writes what came out as JSON.

Called by either interpreter, so it imports neither SDK before it is told which one::

    python run_cases.py --sdk azure.ai.ml|parallelsdk --out results.json cases/naming.py ...

The SDK stands under the name ``sdk`` when a case file is imported, and the helpers under
``_files``. The result of a case is ``{"value": ...}`` or ``{"error": [class, its bases, ...]}``; a
job's value is accompanied by ``"passed"`` and ``"errors"`` of its validation. ``"finds"`` are the
paths that a case marks as found by our validation alone.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import logging
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

ROOMS = ("dsl", "entities", "parallel", "constants", "exceptions")
REFERENCE = "azure.ai.ml"


def stand_in(sdk: str) -> None:
    """Let ``import sdk`` and its rooms mean the package ``sdk``."""
    sys.modules["sdk"] = importlib.import_module(sdk)
    for room in ROOMS:
        sys.modules[f"sdk.{room}"] = importlib.import_module(f"{sdk}.{room}")
    if sdk == REFERENCE:  # its group decorator has no public home
        private = importlib.import_module("azure.ai.ml.dsl._group_decorator")
        sys.modules["sdk.dsl"].group = private.group  # type: ignore[attr-defined]


def load(file: Path) -> ModuleType:
    """The case file as a module."""
    spec = importlib.util.spec_from_file_location(f"parity_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run(case: Callable[[Path], Any], folder: Path) -> dict[str, Any]:
    """The result of one case, run in ``folder``."""
    os.chdir(folder)
    try:
        found = case(folder)
        result = {"value": plain(found)}
        if hasattr(found, "_validate") and getattr(found, "type", "") == "pipeline":
            result.update(validated(found))
    except Exception as error:
        result = {"error": bases(error), "message": f"{error}", "trace": traceback.format_exc()}
    return result


def validated(job: Any) -> dict[str, Any]:
    """What the validation of ``job`` says: whether it passed, and the paths that did not."""
    found = job._validate()
    return {"passed": found.passed, "errors": dict(found.error_messages)}


def bases(error: BaseException) -> list[str]:
    """The names of the error's class and of all its bases."""
    return [cls.__name__ for cls in type(error).__mro__]


def plain(value: Any) -> Any:
    """``value`` made of what JSON knows; entities become the dictionaries that they print."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, BaseException):
        return {"raised": bases(value), "message": f"{value}"}
    if hasattr(value, "_to_dict"):
        return plain(value._to_dict())
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "_to_rest_object") or hasattr(value, "__dict__"):
        return {n: plain(v) for n, v in vars(value).items() if not n.startswith("_")}
    return str(value)


def without(folder: Path, text: str) -> str:
    """``text`` with the scratch folder's own name taken out, which differs from run to run."""
    return text.replace(str(folder), "<folder>")


def run_file(file: Path, results: dict[str, Any]) -> None:
    """Add the results of the cases in ``file``; a file that cannot be imported is one result."""
    try:
        module = load(file)
    except Exception:
        results[file.stem] = {"broken": traceback.format_exc()}
        return
    for name, case in list(vars(module).items()):
        if name.startswith("case_"):
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch).resolve()
                result = {**run(case, folder), "finds": getattr(case, "finds", ())}
                text = without(folder, json.dumps(result))
                os.chdir("/")
            results[f"{file.stem}.{name}"] = json.loads(text)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sdk", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    out, files = arguments.out.resolve(), [file.resolve() for file in arguments.files]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.path.insert(0, str(Path(__file__).resolve().parent / "cases"))
    stand_in(arguments.sdk)
    results: dict[str, Any] = {}
    for file in files:
        run_file(file, results)
    out.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
