"""Return annotations of pipeline functions."""

from typing import Any

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import group, pipeline
from parallelsdk.exceptions import UserErrorException

COPY = command(
    command="cp ${{inputs.source}} ${{outputs.files}}",
    inputs={"source": Input(type="uri_folder")},
    outputs={"files": Output(type="uri_folder")},
)


@group
class Results:
    files: Output(type="uri_folder", mode="upload", description="all of them")
    more: Output(type="uri_folder")


def called(annotation: Any, *names: str) -> Any:
    """A job that returns the output of a step under each of ``names``."""

    def job(source: Input):
        steps = {name: COPY(source=source) for name in names}
        return {name: step.outputs.files for name, step in steps.items()}

    job.__annotations__["return"] = annotation
    return pipeline(job)(source=Input(path="./x"))


def test_a_bare_output_promises_the_output_named_output() -> None:
    job = called(Output(type="uri_folder", mode="upload"), "output")
    assert job._to_dict()["outputs"] == {"output": {"type": "uri_folder", "mode": "upload"}}
    assert job.output_targets()["output"].mode == "upload"


def test_a_group_gives_mode_and_description_to_the_outputs() -> None:
    job = called(Results, "files", "more")
    declared = job.component.outputs
    assert (declared["files"].mode, declared["files"].description) == ("upload", "all of them")
    assert declared["more"].mode is None


@pytest.mark.parametrize(
    ("annotation", "names"),
    [
        (Output(type="uri_folder"), ["files"]),
        (Output(type="uri_folder"), []),
        (Output(type="uri_folder"), ["output", "more"]),
        (Output(type="uri_file"), ["output"]),
        (Results, ["files"]),
    ],
)
def test_a_broken_promise_is_an_error(annotation: Any, names: list[str]) -> None:
    with pytest.raises(UserErrorException, match="promises"):
        called(annotation, *names)


@pytest.mark.parametrize("annotation", [None, dict, "SomeJob", int])
def test_any_other_annotation_promises_nothing(annotation: Any) -> None:
    assert list(called(annotation, "files").outputs) == ["files"]
