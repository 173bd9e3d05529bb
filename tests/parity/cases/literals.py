"""Literals: types, defaults, coercions, optional inputs."""

from enum import Enum
from pathlib import Path
from typing import Any

from _files import COMMAND, attempt, command_function, data, finds, write
from sdk import Input, Output, command, load_component
from sdk.dsl import pipeline


class Level(Enum):
    LOW = "low"
    HIGH = "high"


def literals(**inputs: Any) -> Any:
    """A command with literal inputs of every type."""
    given = {
        "text": Input(type="string"),
        "whole": Input(type="integer"),
        "real": Input(type="number"),
        "truth": Input(type="boolean"),
    }
    return command(
        command="echo ${{inputs.text}} ${{inputs.whole}} ${{inputs.real}} ${{inputs.truth}}",
        inputs={**given, **inputs},
        outputs={"files": Output()},
        environment="azureml:kit-env:3",
    )


def case_literals_given_to_a_step(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain():
        step = run(text="a", whole=3, real=0.5, truth=True)
        return {"out": step.outputs.files}

    return chain()


def case_defaults_are_written_into_the_job(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text="a", whole=3, real=0.5, truth=True):
        step = run(text=text, whole=whole, real=real, truth=truth)
        return {"out": step.outputs.files}

    return chain()


def case_annotations_type_the_parameters(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text: str, whole: int, real: float, truth: bool):
        step = run(text=text, whole=whole, real=real, truth=truth)
        return {"out": step.outputs.files}

    return chain("b", 4, 1.5, False)


def case_untyped_parameters_take_any_literal(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text, whole=None, real=None, truth=None):
        step = run(text=text, whole=whole, real=real, truth=truth)
        return {"out": step.outputs.files}

    return chain("b", whole=4, real=2.5, truth=False)


@finds("inputs.whole")
def case_a_value_that_does_not_fit_its_annotation(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(whole: int):
        step = run(text="a", whole=whole, real=0.5, truth=True)
        return {"out": step.outputs.files}

    return chain("many")


def case_texts_stay_texts(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text, whole: int = 1):
        step = run(text=text, whole=whole, real="0.25", truth="true")
        return {"out": step.outputs.files}

    return chain(text="7", whole="4")


def case_a_parameter_left_out_disappears(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source, extra=None, more: int = None):  # noqa: RUF013
        step = copy(source=source)
        return {"out": step.outputs.files}

    return chain(source=data())


def case_a_required_parameter_that_is_used_is_missing(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source, unused):
        step = copy(source=source)
        return {"out": step.outputs.files}

    return chain()


def case_an_enum_parameter(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text: Level = Level.LOW):
        step = run(text=text, whole=1, real=0.5, truth=True)
        return {"out": step.outputs.files}

    return [chain(), chain(text="high")]


def case_an_enum_with_a_wrong_default(folder: Path) -> Any:
    def decorate() -> Any:
        @pipeline
        def chain(text: Level = "middle"):
            pass

        return chain

    return isinstance(attempt(decorate), Exception)


def case_defaults_of_an_input_are_cast(folder: Path) -> Any:
    made = [
        Input(type="integer", default="3"),
        Input(type="number", default=1),
        Input(type="number", default="1.5"),
        Input(type="boolean", default="true"),
        Input(type="boolean", default="False"),
        Input(type="boolean", default=True),
        Input(type="string", default="x"),
    ]
    return [made_one.default for made_one in made]


def case_ranges_are_cast(folder: Path) -> Any:
    whole = Input(type="integer", min="1", max=9)
    real = Input(type="number", min=1, max="2.5")
    return [[whole.min, whole.max], [real.min, real.max]]


def case_a_default_outside_of_its_range_is_kept(folder: Path) -> Any:
    found = Input(type="integer", default=30, min=1, max=9)
    choice = Input(type="string", default="d", enum=["a", "b"])
    return [found.default, choice.default, choice.enum]


def case_optional_as_a_word(folder: Path) -> Any:
    return [
        Input(type="string", optional="true").optional,
        Input(type="string", optional=True).optional,
        Input(type="uri_folder", optional=True).optional,
        Input(type="string").optional,
    ]


def case_optional_inputs_may_be_left_out(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        left_out = prepare(source=source)
        given = prepare(source=source, count=5)
        return {"a": left_out.outputs.files, "b": given.outputs.files}

    return chain(source=data())


def case_an_optional_input_given_as_none(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        step = prepare(source=source, count=None)
        return {"a": step.outputs.files}

    return chain(source=data())


def case_literals_in_inputs_declare_and_preset(folder: Path) -> Any:
    run = command(
        command="echo ${{inputs.text}} ${{inputs.whole}} ${{inputs.real}} ${{inputs.truth}}",
        inputs={"text": "a", "whole": 3, "real": 0.5, "truth": True},
        outputs={"files": Output()},
        environment="azureml:kit-env:3",
    )

    @pipeline(default_compute="cpu")
    def chain():
        step = run()
        other = run(whole=4)
        return {"out": step.outputs.files, "other": other.outputs.files}

    return chain()


def case_declared_ranges_and_choices_are_printed(folder: Path) -> Any:
    return literals(
        whole=Input(type="integer", default=3, min=1, max=9, description="how many"),
        text=Input(type="string", enum=["a", "b"], default="a"),
        real=Input(type="number", default=0.5, optional=True),
    ).component


def case_an_input_of_a_literal_type_given_to_a_parameter(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(whole: Input(type="integer", default=4), text: Input(type="string")):
        step = run(text=text, whole=whole, real=0.5, truth=True)
        return {"out": step.outputs.files}

    return chain(text="x")


def case_a_parameter_inside_a_text(folder: Path) -> Any:
    run = literals()

    @pipeline(default_compute="cpu")
    def chain(text="a", whole=2):
        step = run(text=f"pre-{text}-post", whole=whole, real=0.5, truth=True)
        more = run(text="x" + text + "y", whole=3, real=0.5, truth=True)
        return {"out": step.outputs.files, "more": more.outputs.files}

    return chain()


def case_what_a_parameter_knows_inside(folder: Path) -> Any:
    copy, seen = command_function(), {}

    @pipeline
    def chain(source, n=2):
        seen.update(given=n.result(), text=str(n), truth=attempt(lambda: bool(n)))
        copy(source=source)

    chain(source=data())
    left_out = dict(seen)
    chain(source=data(), n=7)
    return [left_out, seen]


def case_the_default_of_a_components_input_is_not_printed_on_the_step(folder: Path) -> Any:
    run = literals(whole=Input(type="integer", default=8))

    @pipeline(default_compute="cpu")
    def chain():
        step = run(text="a", real=0.5, truth=True)
        return {"out": step.outputs.files}

    return chain()
