"""``PipelineJob``: a pipeline with the values of its inputs, to be printed, checked and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from parallelsdk._units import counted
from parallelsdk.constants import JobType
from parallelsdk.entities import _graph
from parallelsdk.entities._base_job import Job
from parallelsdk.entities._checks import (
    check_compute,
    check_declarations,
    check_labels,
    check_record,
)
from parallelsdk.entities._component import own_path
from parallelsdk.entities._document import Document
from parallelsdk.entities._fields import (
    Attentive,
    expect_mapping,
    is_binding,
    plain,
    refer,
    refuse_unknown,
)
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._io import Input
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import PipelineOutput
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.entities._port_map import PortMap, PortsAttribute
from parallelsdk.entities._printing import Destination, to_yaml, write_yaml
from parallelsdk.entities._settings import PipelineJobSettings, pipeline_settings
from parallelsdk.entities._system_data import JobService, SystemData
from parallelsdk.entities._validation import find
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.entities._values import data_source
from parallelsdk.exceptions import BadTypeError
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.vocabulary import JOB


class PipelineJob(Attentive, Job):
    """A pipeline and what was given to it; compared by what it prints.

    ``inputs`` are values, ``outputs`` are Outputs by name; ``settings`` may be a mapping. Further
    keywords that a file may hold are kept and printed. ``name`` stays None until the job is
    submitted.
    """

    kind: ClassVar[str] = JobType.PIPELINE
    _words = JOB
    _attributes = frozenset(
        {"component", "name", "description", "display_name", "experiment_name", "identity"}
        | {"compute", "tags", "properties", "status", "id", "studio_url", "creation_context"}
        | {"services", "metrics", "steps", "declares", "log_files"}
    )

    inputs = PortsAttribute()
    outputs = PortsAttribute()

    def __init__(
        self,
        *,
        component: PipelineComponent | None = None,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
        jobs: Mapping[str, Node] | None = None,
        name: str | None = None,
        description: str | None = None,
        display_name: str | None = None,
        experiment_name: str | None = None,
        settings: PipelineJobSettings | Mapping[str, Any] | None = None,
        identity: Any = None,
        compute: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        **extras: Any,
    ) -> None:
        refuse_unknown("PipelineJob", JOB.faults(extras))
        if component is not None and not isinstance(component, PipelineComponent):
            raise BadTypeError(f"component: must be a PipelineComponent, found {component!r:.80}")
        self.component = component or PipelineComponent(
            name=None, inputs=inputs, outputs=outputs, jobs=jobs
        )
        self.name = name
        self.description = description
        self.display_name = display_name or self.component.display_name
        self.experiment_name = experiment_name
        self.identity = identity
        self.compute = compute
        self.tags = expect_mapping(tags, "tags")
        self.properties = expect_mapping(properties, "properties")
        self.settings = settings  # the setter converts
        self.status: str | None = None
        self.id: str | None = None
        self.studio_url: str | None = None
        self.log_files: dict[str, str] | None = None  # Azure's, which nothing fills here
        self.creation_context: SystemData | None = None  # of a job that was stored, as the next
        self.services: dict[str, JobService] | None = None
        # Of a job that was read with jobs.get:
        self.metrics: Any = None  # what its steps logged to it
        self.steps: list[Any] = []  # its steps, with status, counts and outputs
        self._read_failures: Callable[[], list[Any]] = list
        self._extras = extras
        self._document: Document | None = None
        self.declares: tuple[str, ...] = ()  # what of its file's inputs belongs to declarations
        self._alone = ""  # the path of the step that the job was made of, if it was one
        self._make_ports(inputs or {}, outputs or {})

    def _make_ports(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        declared = self.component.inputs
        self.inputs = PortMap(
            {name: PipelineInput(name, port) for name, port in declared.items()},
            "input of the pipeline",
        )
        for name, value in inputs.items():
            self.inputs[name].assign(value)
        self.outputs = PortMap(
            {
                name: PipelineOutput(name, port, self.component.source_of(name))
                for name, port in self.component.outputs.items()
            },
            "output of the pipeline",
        )
        for name, value in outputs.items():
            self.outputs[name].assign(value)

    @property
    def type(self) -> str:
        """Always pipeline."""
        return self.kind

    @property
    def jobs(self) -> dict[str, Node]:
        """The steps by name, in order."""
        return self.component.jobs

    @property
    def settings(self) -> PipelineJobSettings:
        """Settings of the whole job; a mapping may be assigned."""
        return self._settings

    @settings.setter
    def settings(self, value: PipelineJobSettings | Mapping[str, Any] | None) -> None:
        self._settings = pipeline_settings(value)

    @property
    def base_path(self) -> str:
        """The folder to which relative paths of the job belong."""
        return str(self.component.base_path)

    @property
    def source_file(self) -> str | None:
        """The file that the job was loaded from, as it was named; None for one built in Python."""
        return self._document.file or None if self._document is not None else None

    def loaded_from(self, document: Document) -> None:
        """Let messages name places in ``document``."""
        self._document = document

    def keep(self, extras: Mapping[str, Any]) -> None:
        """Keep fields that are not known, and print them."""
        self._extras.update(extras)

    def made_of(self, step: str) -> None:
        """Let messages call the parts of the only step as in the file that holds nothing else."""
        self._alone = f"jobs.{step}"

    def called(self, path: str) -> str:
        """What the job's author calls the part at ``path``."""
        if not self._alone or not f"{path}.".startswith(f"{self._alone}."):
            return path
        return own_path(path.removeprefix(self._alone).lstrip("."))

    def locate(self, path: str) -> str:
        """``"pipeline.yml:47:5"`` for a path such as ``jobs.score.task.entry_script``, or "".

        A setting that a step takes from its component's file is found there; otherwise the nearest
        known ancestor of the path counts.
        """
        if self._document is None:
            return ""
        if self._alone:
            return self._document.place(self.called(path))
        if path.startswith("jobs.") and not self._document.knows(path):
            step, _, rest = path.removeprefix("jobs.").partition(".")
            rest = rest.removeprefix("component.")
            for nearby in (f"jobs.{step}.{rest}", f"jobs.{step}.component.{rest}"):
                if self._document.knows(nearby):
                    return self._document.place(nearby)
            file = self.jobs[step].component.document if step in self.jobs else None
            if file is not None and file.knows(rest) and not rest.startswith(("inputs", "outputs")):
                return file.place(rest)
        return self._document.place(path)

    def input_sources(self) -> dict[str, _graph.Value | _graph.Data]:
        """The given inputs."""
        found: dict[str, _graph.Value | _graph.Data] = {}
        for name, port in self.inputs.items():
            if isinstance(port.data, Input):
                found[name] = data_source(port.data, port.declared)
            elif port.data is not None:
                found[name] = _graph.Value(plain(port.data))
        return found

    def output_targets(self) -> dict[str, _graph.OutputTarget]:
        """What was set for each output, here or at the step's output that it is."""
        return {name: port.target() for name, port in self.outputs.items()}

    @property
    def failures(self) -> list[Any]:
        """The failed mini-batches of a job that was read with ``jobs.get``: their items, how often
        they were tried, and why they failed. Read when asked for; JobException for a damaged log.
        """
        return self._read_failures()

    def reads_failures(self, read: Callable[[], list[Any]]) -> None:
        """Let ``read`` tell the failed mini-batches."""
        self._read_failures = read

    def findings(self) -> Findings:
        """All that is wrong with the job as it is written."""
        found = find(self.component, self.inputs, self.outputs)
        check_labels(self.__dict__, "", found)
        check_compute(self.compute, "compute", found)
        check_record("identity", self.identity, "", found)
        check_record("services", self._extras.get("services"), "", found)
        check_declarations(self.declares, "inputs", found)
        for name, value in self.settings.given():
            if is_binding(value):
                fault = f"must be a value: it counts before inputs are read; found {value}"
                found.error(f"settings.{name}", fault)
        for name in ("on_init", "on_finalize"):
            step = getattr(self.settings, name, None)
            if step is not None and step not in self.jobs:
                fault = f"there is no step {step!r}{did_you_mean(step, self.jobs)}"
                found.error(f"settings.{name}", fault)
        for name, fault in self.settings.unknown().items():
            found.warn(f"settings.{name}", fault)
        return found

    def _validate(self, raise_error: bool = False) -> ValidationResult:
        """Check the whole job without touching data; report, or with ``raise_error`` raise."""
        found = self.findings()
        result = ValidationResult.of(found.errors, found.warnings, self.locate, self.called)
        if raise_error:
            result.try_raise()
        return result

    def _to_dict(self) -> dict[str, Any]:
        """The job as plain values, in Azure's shape; local paths are absolute, so it loads from
        anywhere.
        """
        inputs = {name: _printed_value(port) for name, port in self.inputs.items()}
        found = {
            "name": self.name,
            "display_name": self.display_name,
            "description": self.description,
            "tags": plain(self.tags),
            "type": self.kind,
            "inputs": {name: value for name, value in inputs.items() if value is not None},
            "outputs": {name: port.printed() for name, port in self.outputs.items()},
            "jobs": {name: node._to_dict() for name, node in self.jobs.items()},
            "experiment_name": self.experiment_name,
            "compute": refer(self.compute),
            "properties": plain(self.properties),
            "identity": plain(self.identity),
            "settings": plain(self.settings),
            **plain(self._extras),
        }
        return {name: value for name, value in found.items() if value is not None and value != {}}

    def dump(self, dest: Destination, **kwargs: Any) -> None:
        """Write the job as YAML to a path, which is replaced, or to an open text stream."""
        write_yaml(self._to_dict(), dest)

    def __str__(self) -> str:
        return to_yaml(self._to_dict())

    def __repr__(self) -> str:
        steps = counted(len(self.jobs), "step")
        return f"<pipeline job {self.name or self.display_name!r} of {steps}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PipelineJob) and self._to_dict() == other._to_dict()

    __hash__ = object.__hash__


def _printed_value(port: PipelineInput) -> Any:
    """An input as the job prints it; an optional one that is not given keeps its declaration."""
    if isinstance(port.data, Input):
        found = plain(port.data)
        return {name: found[name] for name in ("mode", "type", "path") if name in found} | found
    if port.data is None and port.declared.optional:
        return plain(port.declared)
    return plain(port.data)
