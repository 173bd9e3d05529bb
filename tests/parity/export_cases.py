"""Runs cases with parallelsdk and exports every valid pipeline job among their results.

Called by a test, in a process of its own, because cases change the folder and the modules::

    python export_cases.py OUT case_file...

Each case runs in ``OUT/<case>/`` and is exported to ``OUT/<case>/exported/``. ``OUT/index.json``
holds, by case, the exported file, the warnings, the settings that count for each step here, and
what differs in the job when it is dumped and loaded again; or why the job is not valid here; or the
error of an export that failed.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import Any

from parallelsdk import load_job
from parallelsdk._units import parse_mini_batch_size
from parallelsdk.entities import Command, Parallel, PipelineJob
from parallelsdk.entities._export import export_job
from parallelsdk.entities._fields import is_binding, plain
from tests.parity.run_cases import load, stand_in

TEXTS = ("tags", "environment_variables")
SETTINGS = {
    Parallel: (
        *("mini_batch_size", "mini_batch_error_threshold", "error_threshold", "logging_level"),
        *("max_concurrency_per_instance", "partition_keys", "input_data"),
        *("retry_settings.max_retries", "retry_settings.timeout", "resources.instance_count"),
        *("task.entry_script", "task.program_arguments", "task.append_row_to"),
    ),
    Command: ("resources.instance_count", "limits.timeout"),
}


def exported(case: Callable[[Path], Any], folder: Path) -> dict[str, Any]:
    """What became of one case."""
    os.chdir(folder)
    try:
        job = case(folder)
        job._validate().try_raise()
    except Exception:
        return {"invalid": traceback.format_exc()}
    if not isinstance(job, PipelineJob):
        return {"invalid": "this is no pipeline job"}
    try:
        found = export_job(job, folder / "exported")
    except Exception:
        return {"error": traceback.format_exc()}
    return {
        "file": str(folder / "exported" / "pipeline.yml"),
        "warnings": list(found.warnings),
        "settings": settings_of(job),
        "again": loaded_again(job, folder / "exported" / "dumped.yml"),
    }


def loaded_again(job: PipelineJob, file: Path) -> str | None:
    """The difference between the job and what is loaded from its dump; None when they are equal."""
    job.dump(file)
    lines = [comparable(job), comparable(load_job(file))]
    return None if lines[0] == lines[1] else "\n".join(unified_diff(*lines, n=0))


def comparable(job: Any) -> list[str]:
    """The job as lines. A file tells no number from its text where only texts are wanted, and no
    ``5mb`` that Python set on a step from its count of bytes. And a setting that was taken back on
    a step is its component's, which a loaded step repeats.
    """

    def settled(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            component = value.get("component")
            if isinstance(component, dict):
                value = {k: v for k, v in value.items() if k == "type" or component.get(k) != v}
            return {
                key: settled(item, key if name not in TEXTS else name)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [settled(item) for item in value]
        if name == "mini_batch_size" and not is_binding(value):
            return parse_mini_batch_size(value)
        return str(value) if name in TEXTS else value

    return json.dumps(settled(job._to_dict()), sort_keys=True, indent=1).splitlines()


def settings_of(job: PipelineJob) -> dict[str, dict[str, Any]]:
    """What each step runs with here: set values only, as texts."""
    found: dict[str, dict[str, Any]] = {}
    for name, node in job.jobs.items():
        values = {key: plain(node.setting(key)) for key in SETTINGS.get(type(node), ())}
        size = values.get("mini_batch_size")
        if size is not None and not is_binding(size):
            values["mini_batch_size"] = parse_mini_batch_size(size)
        found[name] = {key: str(value) for key, value in values.items() if value is not None}
    return found


def main() -> None:
    out, files = Path(sys.argv[1]).resolve(), [Path(name).resolve() for name in sys.argv[2:]]
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(Path(__file__).resolve().parent / "cases"))
    stand_in("parallelsdk")
    index: dict[str, Any] = {}
    for file in files:
        for name, case in list(vars(load(file)).items()):
            if name.startswith("case_"):
                folder = out / f"{file.stem}.{name}"
                folder.mkdir(parents=True)
                index[folder.name] = exported(case, folder)
    (out / "index.json").write_text(json.dumps(index, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
