"""Parameter groups."""

from enum import Enum
from typing import Any

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import group, pipeline
from parallelsdk.entities import _graph
from parallelsdk.exceptions import UserErrorException, ValidationException


@group
class Inner:
    rate: float = 0.5


@group
class Settings:
    a: int
    inner: Inner = Inner()
    b: str = "x"


STEP = command(
    command="echo ${{inputs.a}}",
    inputs={"a": Input(type="integer"), "r": Input(type="number"), "b": Input(type="string")},
)


@pipeline
def grouped(g: Settings):
    STEP(a=g.a, r=g.inner.rate, b="to-" + g.b)


def test_a_group_is_flattened_where_it_is_printed_and_bound() -> None:
    job = grouped(g=Settings(a=4))
    assert job._to_dict()["inputs"] == {"g.a": 4, "g.inner.rate": 0.5, "g.b": "x"}
    assert next(iter(job.jobs.values())).input_sources() == {
        "a": _graph.FromParent("g.a", None),
        "r": _graph.FromParent("g.inner.rate", None),
        "b": _graph.Value("to-${{parent.inputs.g.b}}"),
    }
    assert job._validate().passed


def test_members_change_after_building() -> None:
    job = grouped(Settings(a=4, inner=Inner(rate=1.5)))
    job.inputs.g.a = 5
    assert job.input_sources()["g.a"] == _graph.Value(5)
    assert job.input_sources()["g.inner.rate"] == _graph.Value(1.5)
    with pytest.raises(KeyError):
        job.inputs.g.nope = 1


def test_a_group_passes_through_a_nested_pipeline() -> None:
    @pipeline
    def outer(s: Settings):
        step = grouped(g=s)  # noqa: F841
        fixed = grouped(g=Settings(a=1))  # noqa: F841

    job = outer(s=Settings(a=2))
    assert job.jobs["step"].input_sources()["g.a"] == _graph.FromParent("s.a", None)
    assert job.jobs["fixed"].input_sources()["g.a"] == _graph.Value(1)
    assert job._validate().passed


def test_a_group_that_is_left_out_takes_its_defaults() -> None:
    @pipeline
    def job(g: Inner):
        STEP(a=1, r=g.rate, b="x")

    assert job()._to_dict()["inputs"] == {"g.rate": 0.5}
    assert list(grouped()._validate().error_messages) == ["inputs.g.a"]


@pytest.mark.parametrize(
    ("value", "error"),
    [(4, ValidationException), ("x", ValidationException), ({"a": 4}, UserErrorException)],
)
def test_anything_else_is_no_group(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="parameter group"):
        grouped(g=value)


def test_every_member_of_a_group_may_be_left_out() -> None:
    assert Settings().a is None


def test_a_member_that_is_an_enum_gives_its_value() -> None:
    class Size(Enum):
        SMALL = "small"

    @group
    class Sized:
        size: Size = Size.SMALL

    @pipeline
    def job(g: Sized):
        STEP(a=1, r=0.5, b=g.size)

    assert job(Sized())._to_dict()["inputs"] == {"g.size": "small"}


def test_a_group_of_outputs_is_no_parameter() -> None:
    @group
    class Results:
        files: Output(type="uri_folder")

    with pytest.raises(UserErrorException, match="group of outputs cannot be a parameter"):

        @pipeline
        def job(g: Results):
            pass


def test_a_group_holds_literals_only() -> None:
    with pytest.raises(UserErrorException, match="literals and groups only"):

        @group
        class Wrong:
            data: Input
