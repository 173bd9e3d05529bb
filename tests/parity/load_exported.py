"""Loads exported jobs with the reference SDK and writes what it says about them.

Called by the reference's interpreter, so it imports nothing of ours::

    python load_exported.py INDEX.json RESULTS.json
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any


def loaded(file: str) -> dict[str, Any]:
    """What the reference makes of one file: its validation, and its print of the steps."""
    from azure.ai.ml import load_job

    try:
        job = load_job(file)
        result = job._validate()
        steps = job._to_dict()["jobs"]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {
        "passed": result.passed,
        "errors": dict(result.error_messages),
        "steps": json.loads(json.dumps(steps, default=str)),
    }


def main() -> None:
    index = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    results = {name: loaded(found["file"]) for name, found in index.items() if "file" in found}
    Path(sys.argv[2]).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
