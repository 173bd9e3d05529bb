"""Nodes: calling them, their ports, settings and unknown attributes."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Command, CommandComponent, Data, Job, _graph
from parallelsdk.exceptions import (
    UnexpectedAttributeError,
    UnexpectedKeywordError,
    UserErrorException,
    ValidationException,
)
from parallelsdk.parallel import RunFunction, parallel_run_function


def two_ports() -> Command:
    return command(
        name="two",
        command="cp ${{inputs.source}} ${{outputs.out}}",
        inputs={"source": Input(type="uri_file"), "n": Input(type="integer", default=1)},
        outputs={"out": Output(type="uri_folder"), "log": Output(type="uri_file")},
        instance_count=2,
        timeout=30,
        environment="azureml:base:1",
    )


def test_a_call_makes_a_new_node_that_owns_its_settings() -> None:
    maker = two_ports()
    first, second = maker(source="./a"), maker(source="./b")
    first.resources.instance_count = 9  # type: ignore[union-attr]
    assert first is not second and first.component is second.component
    assert second.setting("resources.instance_count") == 2
    assert second.limits is not None and second.limits.timeout == 30


def test_setting_resources_of_one_step_does_not_leak() -> None:
    maker = two_ports()
    first, second = maker(source="./a"), maker(source="./a")
    first.set_resources(instance_count=11)
    first.set_resources(shm_size="1g")
    assert first.setting("resources.instance_count") == 11
    assert second.setting("resources.instance_count") == 2
    assert maker.component.resources is not None and maker.component.resources.instance_count == 2


def test_presets_are_taken_over_and_can_be_replaced() -> None:
    maker = command(
        command="x", inputs={"n": 3, "data": Input(path="azureml:d:1"), "free": Input()}
    )
    assert maker().input_sources() == {
        "n": _graph.Value(3),
        "data": _graph.Data("azureml:d:1", "uri_folder", None),
    }
    assert maker(n=4).input_sources()["n"] == _graph.Value(4)
    assert maker.component.inputs["n"].type == "integer"
    assert maker.component.inputs["data"].path is None


def test_a_mode_set_on_one_step_stays_there() -> None:
    shared = Input(path="azureml:d:1", type="uri_file")
    maker = two_ports()
    first, second = maker(source=shared), maker(source=shared)
    first.inputs.source.mode = "download"
    assert (shared.mode, second.inputs.source.mode) == (None, None)
    assert first.input_sources()["source"] == _graph.Data("azureml:d:1", "uri_file", "download")


def test_a_bound_input_keeps_the_mode_of_the_step() -> None:
    maker = two_ports()
    first = maker(source="./a")
    first.name = "first"
    second = maker(source=first.outputs.out)
    second.inputs.source.mode = "direct"
    assert second.input_sources()["source"] == _graph.FromStep("first", "out", "direct")
    assert second.inputs.source.path == "${{parent.jobs.first.outputs.out}}"


def test_outputs_read_their_declaration_until_something_is_set() -> None:
    node = CommandComponent(command="x", outputs={"out": Output(type="mltable")})()
    assert node.outputs.out.type == "mltable"
    assert node.output_targets()["out"] == _graph.OutputTarget(None, None, None, None)
    node.outputs.out.mode = "upload"
    assert node.output_targets()["out"] == _graph.OutputTarget(None, "upload", None, None)
    node.outputs["out"].type = "uri_file"
    assert node.output_targets()["out"].type == "uri_file"
    node.outputs.out = Output(path="azureml://datastores/d/paths/p")
    assert node.output_targets()["out"].path == "azureml://datastores/d/paths/p"


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        ({"sorce": "x"}, UnexpectedKeywordError, "'sorce'; did you mean 'source'"),
        ({"source": 3}, UserErrorException, "only path input"),
        ({"source": ["a"]}, UserErrorException, "type list"),
        ({"n": object()}, UserErrorException, "type object"),
    ],
)
def test_a_bad_call_is_answered_with_the_names(
    inputs: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        two_ports()(**inputs)


def test_positional_arguments_are_answered_with_the_keywords() -> None:
    with pytest.raises(ValidationException, match="positional arguments; use keywords: source, n"):
        two_ports()("./a")


def test_another_nodes_input_is_no_value() -> None:
    node = two_ports()(source="./a")
    with pytest.raises(ValidationException, match="another component's input"):
        two_ports()(source=node.inputs.source)


def test_a_node_can_be_passed_whole_only_with_one_output() -> None:
    single = command(command="x", outputs={"out": Output()})()
    single.name = "single"
    assert two_ports()(source=single).input_sources()["source"] == _graph.FromStep(
        "single", "out", None
    )
    with pytest.raises(ValidationException, match="exactly one output"):
        two_ports()(source=two_ports())


def test_a_data_asset_is_a_value() -> None:
    asset = Data(name="d", version="1", type="mltable")
    assert two_ports()(source=asset).input_sources()["source"] == _graph.Data(
        "azureml:d:1", "mltable", None
    )


def test_unknown_ports_are_errors_in_azures_kinds() -> None:
    node = two_ports()
    with pytest.raises(KeyError, match="nope"):
        _ = node.inputs.nope
    with pytest.raises(KeyError, match="nope"):
        node.inputs.nope = 3
    with pytest.raises(UnexpectedAttributeError, match=r"'nope'.*known are out, log"):
        _ = node.outputs.nope
    with pytest.raises(AttributeError):
        _ = node.outputs.nope
    assert "nope" not in node.inputs and node.inputs.get("nope") is None


def test_unknown_attributes_are_kept_and_printed() -> None:
    node = two_ports()(source="./a")
    node.colour = "green"  # type: ignore[attr-defined]
    assert node._to_dict()["colour"] == "green"
    with pytest.raises(AttributeError):
        _ = node.shape  # type: ignore[attr-defined]


def test_a_step_prints_what_is_set_and_no_default() -> None:
    component = CommandComponent(name="c", command="x", inputs={"n": Input(type="integer")})
    assert component(n=3)._to_dict() == {
        "type": "command",
        "inputs": {"n": 3},
        "component": {
            "name": "c",
            "type": "command",
            "is_deterministic": True,
            "inputs": {"n": {"type": "integer"}},
            "command": "x",
        },
    }


def test_compute_and_environment_names_print_with_azures_prefix() -> None:
    node = two_ports()(source="./a")
    node.compute = "cpu"
    printed = node._to_dict()
    assert (printed["compute"], printed["environment"]) == ("azureml:cpu", "azureml:base:1")
    node.compute = "serverless"
    assert node._to_dict()["compute"] == "serverless"


def test_an_input_name_that_no_reference_could_carry_is_refused() -> None:
    with pytest.raises(ValidationException, match="'a-b' is not a valid parameter name"):
        command(command="x", inputs={"a-b": 3})


def test_code_changed_on_a_node_belongs_to_the_current_folder(folder: Any) -> None:
    node = two_ports()
    node.code = "./lib"
    assert node.code_path == str(folder / "lib")
    assert node.component.command == node.command


def test_data_may_be_given_as_a_mapping() -> None:
    step = two_ports()(source={"type": "uri_file", "path": "azureml:d:1", "mode": "download"})
    assert step.input_sources()["source"] == _graph.Data("azureml:d:1", "uri_file", "download")
    with pytest.raises(UserErrorException, match="dict cannot be given"):
        two_ports()(source={"pathh": "azureml:d:1"})


def test_the_declared_type_of_an_input_is_what_reads() -> None:
    step = two_ports()(source=Input(type="mltable", path="azureml:d:1"))
    assert step.inputs.source.type == "uri_file"
    assert step.input_sources()["source"] == _graph.Data("azureml:d:1", "mltable", None)


def test_a_mode_that_was_taken_over_is_not_said_again_where_the_output_is_bound() -> None:
    maker = command(command="x", outputs={"out": Output(type="uri_file", mode="upload")})

    @pipeline
    def job():  # type: ignore[no-untyped-def]
        taken_over, said = maker(), maker()
        said.outputs.out.mode = "upload"
        return {"a": taken_over.outputs.out, "b": said.outputs.out}

    printed = job()._to_dict()
    assert printed["jobs"]["taken_over"]["outputs"] == {"out": "${{parent.outputs.a}}"}
    assert printed["jobs"]["said"]["outputs"]["out"]["mode"] == "upload"
    assert [output["mode"] for output in printed["outputs"].values()] == ["upload", "upload"]


def test_nodes_and_pipeline_jobs_are_jobs() -> None:
    @pipeline
    def job():  # type: ignore[no-untyped-def]
        two_ports()(source="azureml:d:1")

    made = job()
    assert isinstance(made, Job) and all(isinstance(step, Job) for step in made.jobs.values())


def test_a_size_set_on_a_step_stays_text_and_prints_with_its_unit() -> None:
    step = parallel_run_function(mini_batch_size="2048kb", task=RunFunction(entry_script="e.py"))
    assert step.mini_batch_size == 2 * 1024**2
    assert step._to_dict()["mini_batch_size"] == "2mb"  # bytes, of files as well; no number of them
    step.mini_batch_size = "5MB"
    assert step.mini_batch_size == "5MB"
    assert step._to_dict()["mini_batch_size"] == "5mb"
    step.mini_batch_size = "${{parent.inputs.size}}"
    assert step._to_dict()["mini_batch_size"] == "${{parent.inputs.size}}"


def test_a_mode_stays_when_another_source_is_given() -> None:
    first, second = two_ports()(source="azureml:d:1"), two_ports()
    second.inputs.source = first.outputs.log
    second.inputs.source.mode = "download"
    second.inputs.source = first.outputs.out
    assert second.inputs.source.mode == "download"
