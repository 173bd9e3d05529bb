"""Whatever is written into any door of the SDK is answered in our own words, or is taken.

Each parameter, attribute and key is given values of every kind; what comes out of it is printed,
checked, and planned. Python's own exceptions count as faults, apart from the TypeError for a
keyword that a function does not have.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import (
    Input,
    Output,
    command,
    entities,
    load_component,
    load_compute,
    load_data,
    load_environment,
    load_job,
    load_model,
)
from parallelsdk.dsl import pipeline
from parallelsdk.entities import CommandComponent, ParallelComponent, PipelineComponent, PipelineJob
from parallelsdk.exceptions import MlException
from parallelsdk.parallel import ParallelJob, RunFunction, parallel_run_function
from parallelsdk.planning.planner import find_problems

ODD: tuple[Any, ...] = (
    *(None, True, 3, -1, 2.5, float("nan"), 10**30, "", "a", "é\ud800", b"x", object(), int),
    *("${{parent.inputs.x}}", "${{parent.inputs.nope}}", "${{", "azureml:a:1", "azureml://jobs/a"),
    *([], [1], ["a"], ("a",), {"a"}, {}, {"a": 1}, {1: 2}, {"type": "x"}, Input(), Output()),
)
TEXTS = (
    *("null", "true", "3", "-1", "2.5", ".nan", "''", "a", "[]", "[1]", "[[1]]", "{}", "{a: 1}"),
    *("{a: {b: [c]}}", "{a: null}", "{1: 2}", "{type: x}", "{type: [1]}", "{path: [1]}"),
    *("{mode: {}}", "2020-01-01", "99999999999999999999", "'${{parent.inputs.x}}'", '"\\uD800"'),
)
KEYS = (
    *("type", "name", "version", "inputs", "outputs", "jobs", "settings", "compute", "tags"),
    *("component", "command", "code", "environment", "task", "input_data", "mini_batch_size"),
    *("retry_settings", "resources", "display_name", "description", "experiment_name"),
    *("identity", "properties", "limits", "additional_includes", "environment_variables"),
    *("after", "path", "image", "conda_file", "build", "$schema", "distribution", "services"),
    *("error_threshold", "partition_keys", "is_deterministic", "mode", "default", "optional"),
)
NEEDED: dict[str, Any] = {
    "Command": CommandComponent(name="a", command="echo"),
    "CommandJob": CommandComponent(name="a", command="echo"),
    "Parallel": ParallelComponent(name="a"),
    "Pipeline": PipelineComponent(name="a"),
}
STEP = (
    *("name", "display_name", "compute", "tags", "environment_variables", "resources", "limits"),
    *("after", "environment", "command", "code", "identity", "properties", "services"),
    *("distribution", "experiment_name", "comment", "description"),
)
PORTS = (
    *("inputs.x", "inputs.x.mode", "inputs.x.path", "inputs.x.type"),
    *("outputs.o", "outputs.o.mode", "outputs.o.path", "outputs.o.type", "outputs.o.name"),
)
JOB = (
    *("name", "display_name", "compute", "tags", "settings", "experiment_name", "description"),
    *("properties", "identity", "settings.default_compute", "settings.force_rerun"),
    *("settings.continue_on_step_failure", "settings.default_datastore"),
)
OPTIONS = (
    *("name", "display_name", "description", "tags", "default_compute", "compute", "version"),
    *("experiment_name", "non_pipeline_inputs", "default_datastore", "force_rerun"),
    "continue_on_step_failure",
)


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def faults(what: str, make: Callable[[], Any]) -> list[str]:
    """What went wrong, in words that are not ours, when something was made and then used."""
    found: list[str] = []

    def attempt(how: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except MlException as error:
            assert error.message, f"{what}{how}: an error without a word"
        except Exception as error:
            if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
                return None
            found.append(f"{what}{how}: {type(error).__name__}: {error}")
        return None

    made = attempt("", make)
    if made is not None:
        for name in ("__str__", "__repr__", "_to_dict", "_validate"):
            if hasattr(made, name):
                attempt(f".{name}", getattr(made, name))
    if isinstance(made, PipelineJob):
        attempt(" planned", lambda: find_problems(made, cpu_count=2))
    return found


def parameters(thing: Any) -> set[str]:
    names = set(getattr(thing, "_fields", {}))
    for name, parameter in inspect.signature(thing).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            names.add(name)
    return names | {"inputs", "outputs"}


@pytest.mark.parametrize("name", sorted(set(entities.__all__) - {"ValidationResult", "Job"}))
def test_classes(name: str) -> None:
    cls = getattr(entities, name)
    given = {"component": NEEDED[name]} if name in NEEDED else {}
    found = [
        fault
        for parameter in parameters(cls)
        for value in ODD
        for fault in faults(
            f"{name}({parameter}={value!r})", lambda p=parameter, v=value: cls(**{**given, p: v})
        )
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "function", [command, parallel_run_function, RunFunction, Input, Output, ParallelJob]
)
def test_functions(function: Any) -> None:
    needed = {"command": {"name": "a", "command": "echo"}, "parallel_run_function": {"name": "a"}}
    given: dict[str, Any] = needed.get(function.__name__, {})
    found = [
        fault
        for parameter in parameters(function)
        for value in ODD
        for fault in faults(
            f"{function.__name__}({parameter}={value!r})",
            lambda p=parameter, v=value: function(**{**given, p: v}),
        )
    ]
    assert not found, "\n".join(found)


def step() -> Any:
    return command(
        name="a",
        command="echo ${{inputs.x}}",
        inputs={"x": Input(type="string")},
        outputs={"o": Output()},
    )


def assign(target: Any, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        target = getattr(target, name)
    setattr(target, last, value)


@pytest.mark.parametrize("path", [*STEP, *PORTS])
def test_attributes_of_a_step(path: str) -> None:
    def build(value: Any) -> Any:
        @pipeline()
        def one() -> None:
            assign(step()(x="1"), path, value)

        return one()

    found = [f for v in ODD for f in faults(f"step.{path} = {v!r}", lambda v=v: build(v))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", JOB)
def test_attributes_of_a_job(path: str) -> None:
    def build(value: Any) -> Any:
        @pipeline()
        def one() -> None:
            step()(x="1")

        job = one()
        assign(job, path, value)
        return job

    found = [f for v in ODD for f in faults(f"job.{path} = {v!r}", lambda v=v: build(v))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_the_decorator(option: str) -> None:
    def build(value: Any) -> Any:
        @pipeline(**{option: value})
        def one() -> None:
            step()(x="1")

        return one()

    found = [f for v in ODD for f in faults(f"@pipeline({option}={v!r})", lambda v=v: build(v))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", ["argument", "default", "returned", "an output returned"])
def test_pipeline_functions(kind: str) -> None:
    def build(value: Any) -> Any:
        @pipeline()
        def one(x: str = "a") -> Any:
            step()(x=x)
            return {"returned": value, "an output returned": {"a": value}}.get(kind)

        @pipeline()
        def defaulted(x: Any = value) -> None:
            step()(x="1")

        if kind == "default":
            return defaulted()
        return one(x=value) if kind == "argument" else one()

    found = [f for v in ODD for f in faults(f"{kind} {v!r}", lambda v=v: build(v))]
    assert not found, "\n".join(found)


def documents(key: str, text: str) -> Iterator[str]:
    """Pipelines with ``key: text`` at the top, in steps, in a component, and in ports."""
    line = f"{key}: {text}\n"
    jobs = "" if key == "jobs" else "jobs: {s: {command: echo}}\n"
    yield ("" if key == "type" else "type: pipeline\n") + jobs + line
    echo = "" if key == "command" else "    command: echo\n"
    yield f"type: pipeline\njobs:\n  s:\n{echo}    {line}"
    kind = "" if key == "type" else "    type: parallel\n"
    yield f"type: pipeline\njobs:\n  s:\n{kind}    {line}"
    inner = echo.replace("    ", "      ")
    yield f"type: pipeline\njobs:\n  s:\n    component:\n{inner}      {line}"
    ports = f"a: {{{key}: {text}}}"
    yield f"type: pipeline\ninputs: {{{ports}}}\njobs: {{s: {{command: c, inputs: {{{ports}}}}}}}\n"
    yield f"type: pipeline\njobs: {{s: {{command: c, outputs: {{{ports}}}}}}}\n"


@pytest.mark.parametrize("key", KEYS)
def test_files(key: str, tmp_path: Path) -> None:
    file = tmp_path / "f.yml"

    def load(text: str, loader: Callable[[Any], Any]) -> Any:
        file.write_text(text)
        return loader(file)

    assets = (load_component, load_data, load_model, load_environment, load_compute)
    found: list[str] = []
    for text in TEXTS:
        for document in documents(key, text):
            found += faults(document, lambda document=document: load(document, load_job))
        for loader in assets:
            line = f"{key}: {text}\n"
            found += faults(
                f"{loader.__name__} {line}", lambda line=line, loader=loader: load(line, loader)
            )
    assert not found, "\n".join(found)
