"""The JSON Schema of our YAML: it takes what the loader takes, and refuses what is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from parallelsdk.entities._document import read_yaml
from parallelsdk.entities._schema import file_schema

STEP = {"type": "command", "command": "ls"}
TASK = {"code": "./src", "entry_script": "s.py"}
SCORE = {"type": "parallel", "task": TASK}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return file_schema()


@pytest.fixture(scope="module")
def check(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema)


def job(**fields: Any) -> dict[str, Any]:
    return {"type": "pipeline", "jobs": {"show": STEP}, **fields}


def step(**fields: Any) -> dict[str, Any]:
    return job(jobs={"score": {**SCORE, **fields}})


def test_it_is_a_valid_schema_of_its_draft(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_example_is_valid(check: jsonschema.Draft202012Validator, root: Path) -> None:
    files = [
        file
        for file in (root / "examples").rglob("*.yml")
        if "environment" not in file.name  # conda's own format
    ]
    assert len(files) >= 4
    assert [str(file) for file in files if not check.is_valid(read_yaml(file))] == []


@pytest.mark.parametrize(
    "document",
    [
        job(),
        job(inputs={"a": 1, "b": True, "c": None, "d": {"path": "./x", "mode": "download"}}),
        job(inputs={"a": {"type": "integer", "default": 3, "optional": True}}),
        job(outputs={"a": None, "b": {"type": "mltable", "mode": "upload"}}),
        job(settings={"default_compute": "x", "force_rerun": True, "shade": "dark"}, status="red"),
        job(jobs={"a": {"component": "./c.yml", "inputs": {"x": "${{parent.inputs.y}}"}}}),
        job(jobs={"a": {"type": "pipeline", "component": {**job(), "name": "inner"}}}),
        {"type": "pipeline", "component": "./inner.yml"},
        step(mini_batch_size="10kb", error_threshold=-1, retry_settings={"timeout": 5}),
        step(mini_batch_size=3, resources={"instance_count": "${{parent.inputs.n}}"}),
        step(mini_batch_size="${{parent.inputs.n}}", partition_keys=["a"], logging_level="INFO"),
        step(task={**TASK, "environment": {"image": "python", "conda_file": {"name": "x"}}}),
        {"name": "a", "command": "ls", "environment": "azureml:e:1"},
        {"name": "a", "type": "parallel", "version": 2, "task": TASK},
        {"name": "e", "image": "python", "build": {"path": "./docker"}},
        {"name": "d", "path": "./x", "type": "mltable", "tags": {"year": 2024}},
        {"name": "m", "path": "./x", "type": "mlflow_model"},
    ],
)
def test_what_the_loader_takes_is_valid(
    document: Any, check: jsonschema.Draft202012Validator
) -> None:
    assert check.is_valid({"$schema": "https://example.invalid/x.json", **document})


@pytest.mark.parametrize(
    "document",
    [
        {"type": "pipelin", "jobs": {"a": STEP}},
        {"type": "pipeline"},
        job(jobs=["a"]),
        job(jobs={"a": {"type": "comand", "command": "ls"}}),
        job(jobs={"a": {"type": "command"}}),
        job(inputs={"a": {"type": "uri_foldr", "path": "./x"}}),
        job(inputs={"a": [1]}),
        job(inputs={"a": {"path": "./x", "mode": "upload"}}),
        job(outputs={"a": {"mode": "download"}}),
        job(settings="none"),
        job(settings={"force_rerun": "maybe"}),
        job(tags="a"),
        step(mini_batch_size="3tb"),
        step(mini_batch_size=0.5),
        step(error_threshold="many"),
        step(error_threshold=-2),
        step(logging_level="debug"),
        step(partition_keys="Store"),
        step(resources=3),
        step(resources={"instance_count": 0}),
        step(retry_settings={"timeout": "soon"}),
        step(task="./src"),
        step(task={**TASK, "environment": {"imag": "python"}}),
        {"name": "a", "command": ["ls"]},
        {"name": "a", "type": "parallel", "max_concurrency_per_instance": 0},
        {"name": "d", "path": "./x", "type": "table"},
        {"name": "d", "type": "mltable"},
        {"nam": "e"},
        3,
        [],
        None,
    ],
)
def test_what_is_broken_is_not(document: Any, check: jsonschema.Draft202012Validator) -> None:
    assert not check.is_valid(document)


def test_every_declared_setting_of_a_parallel_step_can_be_completed(
    schema: dict[str, Any],
) -> None:
    offered = set(schema["$defs"]["ParallelStep"]["properties"])
    assert {"mini_batch_size", "task", "retry_settings", "input_data", "compute"} <= offered
    assert schema["$defs"]["ParallelStep"]["description"]
