"""Parameter groups."""

from enum import Enum
from pathlib import Path
from typing import Any

from _files import attempt, data, parallel_function
from sdk import Input, Output, command
from sdk.dsl import group, pipeline


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@group
class Tuning:
    rate: float
    rounds: int = 3
    label: str = "a"
    fast: bool = True


@group
class Outer:
    name: str
    tuning: Tuning


def echo() -> Any:
    """A command with four literals."""
    return command(
        command="echo ${{inputs.rate}} ${{inputs.rounds}} ${{inputs.label}}",
        inputs={
            "rate": Input(type="number"),
            "rounds": Input(type="integer"),
            "label": Input(type="string"),
        },
        outputs={"files": Output()},
        environment="azureml:kit-env:3",
    )


def case_a_group_is_flattened(folder: Path) -> Any:
    run = echo()

    @pipeline(default_compute="cpu")
    def chain(tuning: Tuning):
        step = run(rate=tuning.rate, rounds=tuning.rounds, label=tuning.label)
        return {"out": step.outputs.files}

    return chain(tuning=Tuning(rate=0.5, rounds=7))


def case_a_group_inside_a_group(folder: Path) -> Any:
    run = echo()

    @pipeline(default_compute="cpu")
    def chain(outer: Outer):
        step = run(rate=outer.tuning.rate, rounds=outer.tuning.rounds, label=outer.name)
        return {"out": step.outputs.files}

    return chain(Outer(name="n", tuning=Tuning(rate=1.5)))


def case_a_group_as_default_of_its_parameter(folder: Path) -> Any:
    run = echo()
    standard = Tuning(rate=2.5, label="std")

    @pipeline(default_compute="cpu")
    def chain(tuning: Tuning = standard):
        step = run(rate=tuning.rate, rounds=tuning.rounds, label=tuning.label)
        return {"out": step.outputs.files}

    return [chain(), chain(Tuning(rate=9.0))]


def case_a_group_passed_to_an_inner_pipeline(folder: Path) -> Any:
    run = echo()

    @pipeline
    def inner(tuning: Tuning):
        step = run(rate=tuning.rate, rounds=tuning.rounds, label=tuning.label)
        return {"out": step.outputs.files}

    @pipeline(default_compute="cpu")
    def outer(tuning: Tuning):
        part = inner(tuning=tuning)
        return {"out": part.outputs.out}

    return outer(Tuning(rate=0.25))


def case_no_group_for_a_group_parameter(folder: Path) -> Any:
    @pipeline
    def chain(tuning: Tuning):
        pass

    return [
        attempt(lambda: chain(tuning=3)),
        attempt(lambda: chain(tuning={"rate": 1.0})),
    ]


def case_a_group_binds_a_setting(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, tuning: Tuning):
        step = score(data=source)
        step.error_threshold = tuning.rounds
        return {"out": step.outputs.result}

    return chain(source=data(), tuning=Tuning(rate=0.5))


def case_a_group_with_an_enum(folder: Path) -> Any:
    @group
    class Paint:
        colour: Colour = Colour.RED

    run = echo()

    @pipeline(default_compute="cpu")
    def chain(paint: Paint):
        step = run(rate=1.0, rounds=2, label=paint.colour)
        return {"out": step.outputs.files}

    return [chain(Paint()), chain(Paint(colour="blue"))]


def case_a_group_is_an_ordinary_object(folder: Path) -> Any:
    found = Tuning(rate=1.5, label="b")
    return [found.rate, found.rounds, found.label, found.fast, Tuning().rate]


def case_the_inputs_of_a_job_with_a_group(folder: Path) -> Any:
    run = echo()

    @pipeline(default_compute="cpu")
    def chain(tuning: Tuning):
        step = run(rate=tuning.rate, rounds=tuning.rounds, label=tuning.label)
        return {"out": step.outputs.files}

    job = chain(Tuning(rate=0.5))
    job.inputs.tuning.rounds = 12
    return job
