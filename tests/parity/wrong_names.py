"""What one SDK makes of names that are misspelt or stand in the wrong place.

Called by either interpreter::

    python wrong_names.py --sdk azure.ai.ml|parallelsdk --out verdicts.json

By case, ``refused``, ``warned`` or ``silent``, and the words: an exception and a failed validation
refuse, a Python warning and one of the validation warn.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
Verdict = tuple[str, str]

TASK: Document = {
    "type": "run_function",
    "code": "./src",
    "entry_script": "entry.py",
    "program_arguments": "--x 1",
    "append_row_to": "${{outputs.names}}",
    "environment": "azureml:env:1",
}
JOB: Document = {
    "$schema": "https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json",
    "type": "pipeline",
    "name": "p1",
    "display_name": "d",
    "description": "x",
    "experiment_name": "e",
    "tags": {"a": "b"},
    "properties": {"a": "b"},
    "compute": "azureml:cpu",
    "identity": {"type": "user_identity"},
    "settings": {
        "default_compute": "azureml:cpu",
        "default_datastore": "azureml:workspaceblobstore",
        "continue_on_step_failure": True,
        "force_rerun": False,
    },
    "inputs": {
        "files": {"type": "uri_folder", "path": "./data", "mode": "ro_mount"},
        "n": 3,
        "m": {"type": "uri_file", "path": "./data/a"},
    },
    "outputs": {"names": {"type": "uri_file", "mode": "rw_mount"}},
    "jobs": {
        "prep": {
            "type": "command",
            "command": "echo ${{inputs.n}} > ${{outputs.o}}/x",
            "code": "./src",
            "environment": {"image": "ubuntu:22.04"},
            "inputs": {"n": {"path": "${{parent.inputs.n}}"}},
            "outputs": {"o": {"type": "uri_folder"}},
            "environment_variables": {"A": "b"},
            "limits": {"timeout": 100},
            "resources": {"instance_count": 1, "shm_size": "2g"},
            "compute": "azureml:cpu",
            "display_name": "prep",
            "distribution": {"type": "pytorch", "process_count_per_instance": 1},
            "identity": {"type": "managed", "client_id": "x"},
            "services": {"ssh": {"type": "ssh", "port": 22, "nodes": "all"}},
            "queue_settings": {"job_tier": "spot", "priority": "low"},
        },
        "score": {
            "type": "parallel",
            "mini_batch_size": "1",
            "mini_batch_error_threshold": 3,
            "error_threshold": 2,
            "logging_level": "INFO",
            "max_concurrency_per_instance": 2,
            "input_data": "${{inputs.files}}",
            "inputs": {
                "files": {
                    "type": "uri_folder",
                    "path": "${{parent.inputs.files}}",
                    "mode": "ro_mount",
                }
            },
            "outputs": {"names": "${{parent.outputs.names}}"},
            "retry_settings": {"max_retries": 1, "timeout": 60},
            "resources": {"instance_count": 1},
            "environment_variables": {"A": "b"},
            "task": TASK,
        },
        "part": {
            "type": "command",
            "component": "./part.yml",
            "inputs": {"n": 1},
            "compute": "azureml:cpu",
            "limits": {"timeout": 100},
        },
    },
}
PART: Document = {
    "$schema": "https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json",
    "type": "command",
    "name": "part",
    "version": "1",
    "display_name": "part",
    "description": "x",
    "tags": {"a": "b"},
    "is_deterministic": True,
    "command": "echo ${{inputs.n}} ${{outputs.o}}",
    "code": "./src",
    "environment": "azureml:env:1",
    "inputs": {
        "n": {"type": "integer", "default": 3, "min": 1, "max": 5, "optional": False},
        "d": {"type": "uri_file", "optional": True, "mode": "download", "description": "x"},
    },
    "outputs": {"o": {"type": "uri_file", "description": "x"}},
    "resources": {"instance_count": 1},
}
ASSETS: dict[str, Document] = {
    "data": {"name": "d", "version": "1", "type": "uri_file", "path": "./data/a", "tags": {}},
    "model": {"name": "m", "version": "1", "type": "custom_model", "path": "./data/a"},
    "environment": {
        "name": "e",
        "version": "1",
        "image": "ubuntu:22.04",
        "conda_file": "./conda.yml",
        "description": "x",
    },
}
# What is no name of ours or Azure's to misspell: names that the author chose.
CHOSEN = ("a", "A", "files", "n", "d", "names", "o", "prep", "score", "part", "ssh", "m")

# Where what stands elsewhere was written: the place, and the names with their values.
MISPLACED: list[tuple[str, Document]] = [
    ("", {"mini_batch_size": "1", "max_retries": 1, "entry_script": "x.py", "command": "ls"}),
    ("", {"default_compute": "cpu", "force_rerun": True, "instance_count": 2, "code": "./src"}),
    ("", {"input": {}, "output": {}, "job": {}, "steps": {}, "environment": "azureml:e:1"}),
    ("jobs.score", {"append_row_to": "${{outputs.names}}", "entry_script": "x.py", "model": "m"}),
    ("jobs.score", {"timeout": 3, "max_retries": 3, "instance_count": 2, "retries": 3}),
    ("jobs.score", {"program_arguments": "--x 1", "code": "./src", "command": "ls"}),
    ("jobs.score", {"allowed_failed_percent": 3, "mini_batch_rows": 3, "limits": {"timeout": 3}}),
    ("jobs.score", {"force_rerun": True, "task_overhead_timeout": 3, "short_return": "item"}),
    ("jobs.score.task", {"mini_batch_size": "1", "max_retries": 3, "inputs": {}, "timeout": 3}),
    ("jobs.score.task", {"compute": "cpu", "error_threshold": 1, "arguments": "--x"}),
    ("jobs.score.retry_settings", {"retries": 3, "error_threshold": 3, "time_out": 3}),
    ("jobs.score.resources", {"max_concurrency_per_instance": 3, "instances": 3}),
    ("jobs.score.inputs.files", {"default": 3, "mount": "ro_mount", "uri": "./x"}),
    ("jobs.prep", {"timeout": 3, "mini_batch_size": 3, "instance_count": 3, "entry_script": "x"}),
    ("jobs.prep", {"retry_settings": {"timeout": 3}, "input_data": "x", "image": "x"}),
    ("jobs.prep.limits", {"max_retries": 3, "time_out": 3}),
    ("jobs.prep.environment", {"conda": "./c.yml", "docker": "x", "environment_variables": {}}),
    ("jobs.part", {"retry_settings": {"timeout": 3}, "instance_count": 3, "entry_script": "x"}),
    ("jobs.prep.inputs.n", {"default": 3, "min": 1, "max": 5, "enum": [3], "optional": True}),
    ("jobs.prep.distribution", {"worker_count": 2, "instance_count": 2}),
    ("jobs.prep.services.ssh", {"job_service_type": "ssh", "prot": 22}),
    ("jobs.prep.identity", {"managed_identity": "x", "clientid": "x"}),
    ("jobs.prep.queue_settings", {"tier": "spot", "instance_type": "x"}),
    ("identity", {"client_id": "x", "typ": "managed"}),
    ("inputs.m", {"default": 3, "min": 1, "max": 5, "enum": [3], "optional": True}),
    ("settings", {"compute": "cpu", "default_cluster": "cpu", "timeout": 3}),
    ("inputs.files", {"paths": ["x"], "moode": "ro_mount", "pathh": "./x", "dataset": "x"}),
    ("outputs.names", {"moode": "upload", "folder": "./x", "default": 3}),
]
OVERRIDES: Document = {
    "input.n": 7,
    "setings.force_rerun": True,
    "settings.force_rerum": True,
    "jobs.nosuch.mini_batch_size": 3,
    "jobs.scor.mini_batch_size": 3,
    "jobs.score.mini_batch_sise": 3,
    "jobs.score.retry_settings.max_retrys": 3,
    "jobs.score.retry.max_retries": 3,
    "jobs.score.resources.instance_cont": 3,
    "jobs.score.task.entry_scipt": "x.py",
    "jobs.score.inputs.files.moode": "download",
    "jobs.prep.limits.timeot": 3,
    "jobs.prep.comand": "ls",
    "output.names.path": "./x",
    "outputs.names.pth": "./x",
    "experiment": "x",
    "job.score.mini_batch_size": 3,
    "score.mini_batch_size": 3,
    "mini_batch_size": 3,
}


def misspelt(word: str) -> str:
    """A slip of the fingers."""
    return word[:-2] + word[-1] + word[-2] if len(word) > 3 and word[-1] != word[-2] else word + "x"


def paths_of(document: Document, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key, with what is above it."""
    for key, value in document.items():
        yield (*before, key)
        if isinstance(value, dict):
            yield from paths_of(value, (*before, key))


def renamed(document: Document, path: tuple[str, ...], word: str) -> Document:
    """A copy with the last key of ``path`` called ``word``."""
    whole = copy.deepcopy(document)
    inside = _at(whole, path[:-1])
    items = [(word if key == path[-1] else key, value) for key, value in inside.items()]
    inside.clear()
    inside.update(items)
    return whole


def extended(document: Document, path: tuple[str, ...], key: str, value: Any) -> Document:
    """A copy with one more key at ``path``."""
    whole = copy.deepcopy(document)
    _at(whole, path)[key] = value
    return whole


def _at(document: Document, path: tuple[str, ...]) -> Document:
    for key in path:
        document = document[key]
    return document


def files() -> Iterator[tuple[str, str, Document]]:
    """A name for each case, the loader, and the document."""
    for path in paths_of(JOB):
        if path[-1] not in CHOSEN:
            word = misspelt(path[-1])
            yield f"job: {'.'.join((*path[:-1], word))}", "job", renamed(JOB, path, word)
    for place, names in MISPLACED:
        path = tuple(place.split(".")) if place else ()
        for key, value in names.items():
            yield f"job: {place}+{key}", "job", extended(JOB, path, key, value)
    for path in paths_of(PART):
        if path[-1] not in CHOSEN:
            word = misspelt(path[-1])
            yield f"part: {'.'.join((*path[:-1], word))}", "component", renamed(PART, path, word)
    for kind, document in ASSETS.items():
        for key in document:
            word = misspelt(key)
            yield f"{kind}: {word}", kind, renamed(document, (key,), word)


def calls(sdk: str) -> dict[str, Callable[[], Any]]:
    """Calls with keywords that mean nothing."""
    ml = importlib.import_module(sdk)
    entities = importlib.import_module(f"{sdk}.entities")
    parallel = importlib.import_module(f"{sdk}.parallel")
    task = parallel.RunFunction(code="./src", entry_script="entry.py", environment="azureml:e:1")
    good = {
        "inputs": {"d": ml.Input(type="uri_folder")},
        "outputs": {"o": ml.Output(type="uri_file")},
        "input_data": "${{inputs.d}}",
        "task": task,
    }
    command = {"command": "ls", "environment": "azureml:e:1"}

    def step(**odd: Any) -> Callable[[], Any]:
        return lambda: parallel.parallel_run_function(**good, **odd)

    def line(**odd: Any) -> Callable[[], Any]:
        return lambda: ml.command(**command, **odd)

    def one(cls: Any, **odd: Any) -> Callable[[], Any]:
        return lambda: cls(**odd)

    return {
        "parallel_run_function(mini_batch_sze)": step(mini_batch_sze=1),
        "parallel_run_function(append_row_to)": step(append_row_to="x"),
        "parallel_run_function(max_retries)": step(max_retries=3),
        "parallel_run_function(timeout)": step(timeout=3),
        "parallel_run_function(entry_script)": step(entry_script="x.py"),
        "parallel_run_function(inputdata)": step(inputdata="x"),
        "parallel_run_function(retry_settings={max_retrys})": step(
            retry_settings={"max_retrys": 3}
        ),
        "RunFunction(entry_scrpt)": one(parallel.RunFunction, code="./src", entry_scrpt="x.py"),
        "RunFunction(mini_batch_size)": one(parallel.RunFunction, code="./src", mini_batch_size=3),
        "RetrySettings(max_retrys)": one(entities.RetrySettings, max_retrys=3),
        "Input(pth)": one(ml.Input, type="uri_file", pth="x"),
        "Input(moed)": one(ml.Input, type="uri_file", path="x", moed="download"),
        "Output(mod)": one(ml.Output, type="uri_file", mod="upload"),
        "command(comand)": line(comand="x"),
        "command(timeot)": line(timeot=3),
        "command(enviroment_variables)": line(enviroment_variables={"A": "b"}),
        "pipeline(compte)": lambda: ml.dsl.pipeline(compte="x")(lambda: None),
        "pipeline(default_datastor)": lambda: ml.dsl.pipeline(default_datastor="x")(lambda: None),
        "Environment(imge)": one(entities.Environment, imge="x"),
        "Data(pth)": one(entities.Data, name="a", type="uri_file", path="x", pth="y"),
        "Model(nme)": one(entities.Model, path="x", nme="x"),
        "Command(compt)": lambda: entities.Command(component=line()().component, compt="x"),
        "BuildContext(pth)": one(entities.BuildContext, pth="x"),
        "ResourceConfiguration(instance_cont)": one(
            entities.ResourceConfiguration, instance_cont=2
        ),
        "JobResourceConfiguration(instance_cont)": one(
            entities.JobResourceConfiguration, instance_cont=2
        ),
        "CommandJobLimits(timeot)": one(entities.CommandJobLimits, timeot=3),
        "PipelineJobSettings(default_compte)": one(
            entities.PipelineJobSettings, default_compte="x"
        ),
        "PipelineJob(settngs)": one(entities.PipelineJob, settngs={}),
        "ParallelComponent(mini_batch_sze)": one(entities.ParallelComponent, mini_batch_sze=1),
        "CommandComponent(comand)": one(entities.CommandComponent, comand="x"),
        "set_limits(timeot)": lambda: line()().set_limits(timeot=3),
        "set_resources(instance_cont)": lambda: line()().set_resources(instance_cont=3),
    }


def verdict(case: Callable[[], Any]) -> Verdict:
    """What came of it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            found = case()
            is_job = getattr(found, "type", "") == "pipeline"
            checked = found._validate() if is_job else None
        except Exception as error:
            return "refused", f"{type(error).__name__}: {error}"
    if checked is not None and not checked.passed:
        return "refused", json.dumps(dict(checked.error_messages))
    words = [str(one.message) for one in told if issubclass(one.category, UserWarning)]
    words += [f"{k}: {v}" for k, v in dict(getattr(checked, "warnings", None) or {}).items()]
    return ("warned", "; ".join(words)) if words else ("silent", "")


def verdicts(sdk: str, folder: Path) -> dict[str, Verdict]:
    """Of every case, run in ``folder``."""
    os.chdir(folder)
    for name in ("src", "data"):
        (folder / name).mkdir()
    (folder / "src" / "entry.py").write_text("def run(mini_batch): return mini_batch\n")
    (folder / "data" / "a").write_text("a")
    (folder / "conda.yml").write_text("name: x\n")
    (folder / "part.yml").write_text(yaml.safe_dump(PART))
    ml = importlib.import_module(sdk)
    (folder / "job.yml").write_text(yaml.safe_dump(JOB, sort_keys=False))
    found = {"good: job": verdict(lambda: ml.load_job("job.yml"))}

    def loaded(loader: str, document: Document) -> Verdict:
        (folder / "odd.yml").write_text(yaml.safe_dump(document, sort_keys=False))
        if loader == "component":  # one that a job uses
            job = extended(JOB, ("jobs", "part"), "component", "./odd.yml")
            (folder / "with_odd.yml").write_text(yaml.safe_dump(job, sort_keys=False))
            return verdict(lambda: ml.load_job("with_odd.yml"))
        return verdict(lambda: getattr(ml, f"load_{loader}")("odd.yml"))

    for name, loader, document in files():
        found[name] = loaded(loader, document)
    for key, value in OVERRIDES.items():
        override = [{key: value}]
        found[f"override: {key}"] = verdict(
            lambda override=override: ml.load_job("job.yml", params_override=override)
        )
    for name, call in calls(sdk).items():
        found[f"call: {name}"] = verdict(call)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdk", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    out = Path(args.out).resolve()
    with tempfile.TemporaryDirectory() as folder:
        found = verdicts(args.sdk, Path(folder))
    out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
