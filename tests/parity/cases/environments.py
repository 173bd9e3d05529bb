"""Environments in every form."""

from pathlib import Path
from typing import Any

from _files import CONDA, attempt, command_function, data, write, write_code
from sdk import Input, Output
from sdk.dsl import pipeline
from sdk.entities import BuildContext, Environment
from sdk.parallel import RunFunction, parallel_run_function


def shown(environment: Any) -> Any:
    """What an environment holds."""
    return [environment.name, environment.image, environment.conda_file, environment.description]


def case_an_environment_with_a_conda_file(folder: Path) -> Any:
    write(folder, "conda.yml", CONDA)
    return shown(Environment(name="kit", image="img:1", conda_file="./conda.yml"))


def case_an_environment_with_a_conda_mapping(folder: Path) -> Any:
    conda = {"name": "kit", "dependencies": ["python=3.11"]}
    return shown(Environment(image="img:1", conda_file=conda, description="d"))


def case_a_missing_conda_file(folder: Path) -> Any:
    return attempt(lambda: Environment(image="img:1", conda_file="./nowhere.yml"))


def case_equal_anonymous_environments_coincide(folder: Path) -> Any:
    one, same = Environment(image="img:1"), Environment(image="img:1")
    other = Environment(image="img:2")
    return [one.version == same.version, one.version == other.version, one.name]


def case_a_build_context(folder: Path) -> Any:
    write(folder, "docker/Dockerfile", "FROM scratch\n")
    found = Environment(name="built", build=BuildContext(path="./docker"))
    return [found.build.dockerfile_path, found.image, found.name, BuildContext(path="x").path]


def inline(folder: Path, environment: Any) -> Any:
    """A job whose parallel and command steps use ``environment``."""
    score = parallel_run_function(
        inputs={"data": Input()},
        outputs={"result": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        task=RunFunction(code=write_code(folder), entry_script="entry.py", environment=environment),
    )
    copy = command_function(environment=environment)

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        second = score(data=first.outputs.files)
        return {"out": second.outputs.result}

    return chain(source=data())


def case_an_inline_environment_in_a_job(folder: Path) -> Any:
    write(folder, "conda.yml", CONDA)
    return inline(folder, Environment(image="img:1", conda_file="./conda.yml"))


def case_a_named_inline_environment_in_a_job(folder: Path) -> Any:
    return inline(folder, Environment(name="kit", version="4", image="img:1", tags={"a": "b"}))


def case_references_of_every_kind(folder: Path) -> Any:
    registry = "azureml://registries/r/environments/n/versions/1"
    references = ["azureml:kit:3", "azureml:kit@latest", "kit:3", registry]
    return [inline(folder, reference) for reference in references]


def case_references_stay_as_they_were_typed(folder: Path) -> Any:
    steps = [command_function(environment=word) for word in ("azureml:kit:3", "kit:3")]
    return [[step.environment, step.component.environment] for step in steps]


def case_an_environment_changed_on_a_step(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        step.environment = "azureml:other:1"
        return {"out": step.outputs.files}

    return chain(source=data())


def case_an_environment_without_anything(folder: Path) -> Any:
    found = Environment(name="bare")
    return [found.name, found.version, found.image, found.conda_file, found.build]


def case_environments_that_differ_in_one_field(folder: Path) -> Any:
    conda = {"dependencies": ["python"]}
    one = Environment(image="img:1", conda_file=conda)
    same = Environment(image="img:1", conda_file={"dependencies": ["python"]})
    other = Environment(image="img:1", conda_file={"dependencies": ["python=3"]})
    described = Environment(image="img:1", conda_file=conda, description="words", tags={"a": "b"})
    versions = [one.version, same.version, other.version, described.version]
    return [version == one.version for version in versions]
