"""Parameters of pipeline functions: annotations, defaults, and calls that go wrong."""

import enum
from typing import Any, Optional

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import _graph
from parallelsdk.exceptions import (
    MissingPositionalArgsError,
    MultipleValueError,
    ParamValueNotExistsError,
    TooManyPositionalArgsError,
    UnexpectedKeywordError,
    UnsupportedParameterKindError,
    UserErrorException,
    ValidationException,
)

STEP = command(command="echo", outputs={"out": Output(), "log": Output()})


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@pipeline
def example(a: int, b="x", *, c=None):
    STEP()


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "words"),
    [
        ((1, "y", 3), {}, TooManyPositionalArgsError, "takes 2 positional arguments but 3"),
        ((1,), {"a": 2}, MultipleValueError, "multiple values for argument 'a'"),
        ((), {"d": 2}, UnexpectedKeywordError, "unexpected keyword argument 'd'"),
        (([1],), {}, UserErrorException, "list"),
        (({"k": 1},), {}, UserErrorException, "dict"),
        ((object(),), {}, UserErrorException, "object"),
    ],
)
def test_a_bad_call_is_answered_as_python_would(
    args: Any, kwargs: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        example(*args, **kwargs)


def test_keyword_only_parameters_and_positional_calls_work() -> None:
    job = example(1, "y", c="azureml:d:1")
    assert job.input_sources() == {
        "a": _graph.Value(1),
        "b": _graph.Value("y"),
        "c": _graph.Value("azureml:d:1"),
    }


def test_star_parameters_are_answered_at_the_call() -> None:
    @pipeline
    def job(*args, **kw):
        STEP()

    with pytest.raises(UnsupportedParameterKindError, match=r"\*\*kw"):
        job()


@pytest.mark.parametrize("annotation", [list, dict, bytes, list[int], Optional[list]])  # noqa: UP045
def test_an_annotation_that_no_input_has_is_answered_at_decoration(annotation: Any) -> None:
    def job(strange):
        STEP()

    job.__annotations__["strange"] = annotation
    with pytest.raises(UserErrorException, match="'strange'"):
        pipeline(job)


def test_a_default_that_does_not_fit_is_answered_at_decoration() -> None:
    with pytest.raises(UserErrorException, match=r"'n'.*'many'"):

        @pipeline
        def job(n: int = "many"):  # type: ignore[assignment]
            STEP()

    with pytest.raises(UserErrorException, match="'data' has an Input as default"):

        @pipeline
        def other(data=Input(path="x")):  # noqa: B008
            STEP()


def test_annotations_of_every_accepted_kind() -> None:
    @pipeline
    def job(
        e: Size = Size.LARGE,
        f: Size = "s",  # type: ignore[assignment]
        i: Input(type="integer", min=1) = 4,  # type: ignore[valid-type]
        o: Optional[int] = None,  # noqa: UP045
        p: "int | None" = None,
        d: Input = None,  # type: ignore[assignment]
        t: "Unknown" = 3,  # type: ignore[name-defined]  # noqa: F821
    ):
        STEP()

    built = job(d=Input(path="azureml:d:1", type="mltable"), e=Size.SMALL)
    declared = built.component.inputs
    assert {name: port.type for name, port in declared.items() if name != "t"} == {
        "e": "string",
        "f": "string",
        "i": "integer",
        "o": "integer",
        "p": "integer",
        "d": "uri_folder",
    }
    assert declared["e"].enum == ["s", "l"] and declared["o"].optional is True
    assert built.input_sources()["e"] == _graph.Value("s")
    assert built.input_sources()["f"] == _graph.Value("s")
    assert built.input_sources()["i"] == _graph.Value(4)
    assert "o" not in built.input_sources()
    assert built._validate().passed


def test_the_docstring_describes_the_inputs() -> None:
    @pipeline
    def job(n: int = 1):
        """Counts.

        :param int n: how far
        """
        STEP()

    assert job().component.inputs["n"].description == "how far"


def test_non_pipeline_inputs_are_checked() -> None:
    def job(n: int):
        STEP()

    with pytest.raises(ParamValueNotExistsError, match="m"):
        pipeline(non_pipeline_inputs=["m"])(job)
    with pytest.raises(UserErrorException, match="list of parameter names"):
        pipeline(non_pipeline_inputs="n")(job)
    with pytest.raises(MissingPositionalArgsError, match="'n'"):
        pipeline(non_pipeline_inputs=["n"])(job)()


def test_a_node_with_several_outputs_is_no_argument() -> None:
    @pipeline
    def inner(data):
        STEP()

    @pipeline
    def outer():
        inner(data=STEP())

    with pytest.raises(ValueError, match="exactly one output") as caught:
        outer()
    assert isinstance(caught.value, ValidationException)
