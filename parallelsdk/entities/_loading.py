"""``load_job``, ``load_component`` and the others: from a YAML file to what it describes.

All problems of a file are told at once, each with file, line, column and path.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parallelsdk._expressions import expressions
from parallelsdk._warning import warn_caller
from parallelsdk.constants import JobType
from parallelsdk.entities._assets import Data, Environment, Model
from parallelsdk.entities._command import Command
from parallelsdk.entities._component import Component
from parallelsdk.entities._compute import AmlCompute, Compute
from parallelsdk.entities._document import Document, Source, read_document
from parallelsdk.entities._fields import Checked, unrefer
from parallelsdk.entities._io import Output, resolve
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.entities._place import Place
from parallelsdk.entities._problems import Problems
from parallelsdk.entities._read_parts import read_environment
from parallelsdk.entities._read_ports import declarations, job_declaration, job_value, read_output
from parallelsdk.entities._reading import Reader, with_includes_file
from parallelsdk.entities._rules import text_mapping
from parallelsdk.entities._settings import PipelineJobSettings
from parallelsdk.exceptions import MlException, ValidationException
from parallelsdk.rules.absent import COMPUTE_TYPES, absent_type
from parallelsdk.rules.identifiers import component_fault
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.ports import DATA_ASSET_TYPES, DATA_TYPES
from parallelsdk.rules.vocabulary import JOB

Overrides = Sequence[Mapping[str, Any]]
Origin = str | os.PathLike[str]

_JOB_TEXTS = ("name", "display_name", "description", "experiment_name")
_JOB_FIELDS = (
    *_JOB_TEXTS,
    *("type", "$schema", "inputs", "outputs", "jobs", "component", "settings", "compute", "tags"),
    *("properties", "identity"),
)


def load_job(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> PipelineJob | Command:
    """The job in a YAML file or stream: a PipelineJob, or for ``type: command`` a step, which is
    submitted as a job of that one step.

    Relative paths belong to the file's folder. ``params_override`` is a list of one-key mappings
    with dotted keys, applied in order: ``[{"jobs.score.mini_batch_size": "17"}]``. Raises
    ValidationException listing every problem of the file and of the component files that it names.
    """
    place = _open(source, relative_origin, params_override)
    values = place.document.value
    kind = values.get("type", JobType.PIPELINE if "jobs" in values else JobType.COMMAND)
    if kind == JobType.PIPELINE:
        return _pipeline_job(values, place)
    if kind != JobType.COMMAND:
        hint = "; place it as a step of a pipeline job" if kind == JobType.PARALLEL else ""
        near = hint or did_you_mean(kind, (JobType.PIPELINE, JobType.COMMAND))
        fault = absent_type(kind, "job") or f"Unsupported job type {kind!r}{near}"
        place.at("type").refuse(fault)
        place.problems.raise_all()
    node = Reader().step(values, place)
    place.problems.raise_all()
    assert isinstance(node, Command)
    node.name = values.get("name")
    node.loaded_from(place.document)
    node.environment = node.environment or node.component.environment
    return node


def load_component(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> Component | Any:
    """The component in a YAML file or stream, callable inside a pipeline function; see
    ``load_job``.
    """
    place = _open(source, relative_origin, params_override)
    name = place.document.value.get("name")
    if name is not None and (fault := component_fault(str(name))):
        place.at("name").refuse(fault)  # Azure lets it pass where a pipeline names the file
    values = with_includes_file(place.document.value, place.document.file, place)
    component = Reader().component(values, place, is_file=True)
    place.problems.raise_all()
    return component


def load_environment(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> Environment:
    """The environment in a YAML file or stream; see ``load_job``."""
    place = _open(source, relative_origin, params_override)
    found = read_environment(place.document.value, place)
    place.problems.raise_all()
    assert isinstance(found, Environment)
    return found


def load_data(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> Data:
    """The data asset in a YAML file or stream; see ``load_job``."""
    place = _open(source, relative_origin, params_override)
    return Data(**_asset_values(place, Data, DATA_ASSET_TYPES))


def load_model(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> Model:
    """The model asset in a YAML file or stream; see ``load_job``."""
    place = _open(source, relative_origin, params_override)
    return Model(**_asset_values(place, Model, DATA_TYPES))


def load_compute(
    source: Source,
    *,
    relative_origin: Origin | None = None,
    params_override: Overrides | None = None,
) -> Compute:
    """The compute in a YAML file or stream, a cluster for ``type: amlcompute``; see
    ``load_job``.
    """
    place = _open(source, relative_origin, params_override)
    values = {name: value for name, value in place.document.value.items() if name != "$schema"}
    cls: type[Compute] = Compute
    kind = values.get("type")
    if kind is not None and str(kind).lower() not in COMPUTE_TYPES:
        near = did_you_mean(kind, COMPUTE_TYPES)
        place.at("type").refuse(f"{kind!r} is no type of a compute{near}")
    if values.get("type") == AmlCompute.kind:
        cls = AmlCompute
        del values["type"]
    place.names(values, cls.names())
    place.problems.raise_all()
    return cls(**values)


def _asset_values(place: Place, cls: type[Checked], types: tuple[str, ...]) -> dict[str, Any]:
    """The fields of an asset's file, which needs a path and, if it has a type, one of ``types``."""
    values = {name: value for name, value in place.document.value.items() if name != "$schema"}
    place.names(values, cls.names())
    kind = values.get("type")
    if kind is not None and kind not in types:
        place.at("type").refuse(f"{kind!r} is no type of such an asset{did_you_mean(kind, types)}")
    if values.get("path") is None:
        place.refuse("path: missing; an asset needs the place of its data")
    elif not isinstance(values["path"], str):
        place.at("path").refuse(f"must be a path, found {values['path']!r:.80}")
    place.problems.raise_all()
    if isinstance(values.get("path"), str):
        values["path"] = resolve(values["path"], place.folder)
    return values


def _open(source: Source, relative_origin: Origin | None, overrides: Overrides | None) -> Place:
    document = read_document(source, relative_origin)
    if document.value is None:
        raise ValidationException(
            f"{document.file or 'the text'}: is empty; expected a YAML mapping"
        )
    if not isinstance(document.value, dict):
        raise ValidationException(
            f"{document.file or 'the text'}: expected a YAML mapping, found {document.value!r:.80}"
        )
    return Place(_overridden(document, overrides or ()), Problems())


def _overridden(document: Document, overrides: Overrides) -> Document:
    values = copy.deepcopy(document.value) if overrides else document.value
    for override in _override_mappings(overrides):
        for key, value in override.items():
            *path, last = str(key).split(".")
            if not all((*path, last)):
                raise MlException(
                    f"The override {key!r} cannot be applied: a name in it is empty. Write names "
                    "with a dot between them, such as inputs.rate"
                )
            inside = values
            for position, name in enumerate(path):
                if position == 1 and path[0] == "jobs" and name not in inside:
                    raise MlException(
                        f"The override {key!r} cannot be applied: there is no step {name!r}"
                        f"{did_you_mean(name, inside)}"
                    )
                inside = inside.setdefault(name, {})
                if not isinstance(inside, dict):
                    raise MlException(
                        f"The override {key!r} cannot be applied: {name!r} is {inside!r} and no "
                        "mapping"
                    )
            if path[-1:] == ["inputs"] and last not in inside and not _is_read(values, path, last):
                # Azure takes it without a word, and nothing ever reads it.
                fault = f"nothing reads an input {last!r}{did_you_mean(last, inside)}"
                warn_caller(f"override {key}: {fault}")
            inside[last] = value
    return replace(document, value=values)


def _override_mappings(overrides: Any) -> Sequence[Mapping[str, Any]]:
    found = [overrides] if isinstance(overrides, Mapping) else overrides
    if not isinstance(found, Sequence) or not all(isinstance(one, Mapping) for one in found):
        raise ValidationException(
            "params_override: must be a list of mappings such as "
            f'[{{"inputs.rate": 0.5}}], found {overrides!r:.80}'
        )
    return found


def _is_read(values: Any, path: Sequence[str], name: str) -> bool:
    """Whether an expression of the file reads the input ``name`` below ``path``, or a component
    may, whose own it is and which stands elsewhere.
    """
    owner = values
    for part in path[:-1]:
        owner = owner[part]
    return isinstance(owner.get("component"), str) or _is_named(values, name)


def _is_named(values: Any, name: str) -> bool:
    if isinstance(values, Mapping):
        return any(_is_named(value, name) for value in values.values())
    if isinstance(values, list):
        return any(_is_named(value, name) for value in values)
    return isinstance(values, str) and any(name in found.path for found in expressions(values))


def _pipeline_job(values: dict[str, Any], place: Place) -> PipelineJob:
    reader = Reader()
    outputs: dict[str, Output] = {}
    here = place.at("outputs")
    for name, item in here.mapping(values.get("outputs"), "a mapping of output names").items():
        outputs[name] = read_output(item, here.at(name))
    place.names(values, JOB)
    component, inputs = _job_component(reader, values, outputs, place)
    for name in outputs:
        component.outputs.setdefault(name, Output())
    job = PipelineJob(component=component)
    with place.at("inputs").answering():
        for name, value in inputs.items():
            job.inputs[name].assign(value)
    job.declares = declarations(values.get("inputs"))
    for name, output in outputs.items():
        job.outputs[name].assign(output)
    _job_fields(job, values, place)
    job.loaded_from(place.document)
    if place.problems:
        _add_findings(job, values.get("jobs"), place.problems)
    place.problems.raise_all()
    return job


def _add_findings(job: PipelineJob, written: Any, problems: Problems) -> None:
    """Besides what cannot be read, tell what is wrong with the rest of the file."""
    if not isinstance(written, Mapping):
        return
    result = job._validate()
    for path, message in result.error_messages.items():
        if not problems.touch(path):
            problems.add(job.locate(path), path, message)
    for path, message in result.warnings.items():
        if not problems.touch(path):
            warn_caller(result._line(path, message))


def _job_component(
    reader: Reader, values: dict[str, Any], outputs: Mapping[str, Output], place: Place
) -> tuple[PipelineComponent, dict[str, Any]]:
    """The job's pipeline, and the values given to its inputs."""
    here = place.at("inputs")
    given = here.mapping(values.get("inputs"), "a mapping of input names")
    if values.get("component") is not None:
        found = reader.step({"component": values["component"]}, place)
        if found is not None and not isinstance(found.component, PipelineComponent):
            place.at("component").refuse("a pipeline job needs a pipeline component")
        if found is not None and isinstance(found.component, PipelineComponent):
            return found.component, {n: job_value(v, here.at(n)) for n, v in given.items()}
    component = PipelineComponent()
    component.rooted(place.folder)
    made: dict[str, Any] = {}
    for name, value in given.items():
        made[name] = job_value(value, here.at(name))
        component.inputs[name] = job_declaration(made[name])
    component.outputs = {name: _declared(output) for name, output in outputs.items()}
    component.jobs = reader.steps(values.get("jobs"), place.at("jobs"), component)
    return component, made


def _declared(output: Output) -> Output:
    """The declaration that a job's output makes; where it goes is the job's matter."""
    made = Output(type=output.type) if output.given_type else Output()
    made.mode = output.mode
    return made


def _job_fields(job: PipelineJob, values: dict[str, Any], place: Place) -> None:
    for name in _JOB_TEXTS:
        value = values.get(name)
        if isinstance(value, dict | list):
            place.at(name).refuse(f"must be a text, found {value!r}")
        elif value is not None:
            setattr(job, name, str(value))
    for name in ("tags", "properties"):
        with place.at(name).answering():
            setattr(job, name, text_mapping().check(values.get(name)) or {})
    job.compute, job.identity = unrefer(values.get("compute")), values.get("identity")
    settings = place.at("settings")
    given = settings.mapping(values.get("settings"))
    for name in ("default_compute", "default_datastore"):
        if name in given:
            given[name] = unrefer(given[name])
    job.settings = settings.part(PipelineJobSettings, given)
    job.keep({name: value for name, value in values.items() if name not in _JOB_FIELDS})
