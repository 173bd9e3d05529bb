"""A pipeline job as files that Azure's own SDK loads and validates.

Printing a job is faithful to what was written, also where this package takes more than Azure does.
Exporting is faithful to Azure: what its loader refuses is put another way, left out, or stood in
for by a placeholder, and each such change is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parallelsdk.entities._export_steps import StepWriter
from parallelsdk.entities._export_values import Changes, compute_name, literal, texts
from parallelsdk.entities._fields import plain
from parallelsdk.entities._io import Input
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._printing import to_yaml, write_yaml
from parallelsdk.exceptions import ErrorTarget, ValidationException

MAIN_FILE = "pipeline.yml"  # what an export into a folder is called there
_SCHEMA = "https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json"
_PLACEHOLDER_COMPUTE = "azureml:your-compute"


@dataclass(frozen=True, slots=True)
class Exported:
    """The documents of an export, by file name; the first is the pipeline itself.

    ``warnings`` tell what differs from the job, and which placeholders are to be filled in.
    """

    files: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The pipeline's YAML. Raises ValidationException when it needs files beside it."""
        if len(self.files) > 1:
            raise ValidationException(
                f"Azure reads a nested pipeline only from a file of its own, so this job needs "
                f"{len(self.files)} files; name a folder to write them to",
                target=ErrorTarget.PIPELINE,
            )
        return to_yaml(next(iter(self.files.values())))

    def write(self, folder: str) -> list[str]:
        """Write the files into ``folder``, which is made if need be. Returns their paths."""
        os.makedirs(folder, exist_ok=True)
        paths = [os.path.join(folder, name) for name in self.files]
        for path, document in zip(paths, self.files.values(), strict=True):
            write_yaml(document, path)
        return paths


def export_job(job: PipelineJob, dest: str | os.PathLike[str] | None = None) -> Exported:
    """``job`` as Azure's YAML, written to ``dest`` unless that is None.

    ``dest`` is a ``.yml`` or ``.yaml`` file, which is replaced, or a folder, in which the file is
    called pipeline.yml; the files of nested pipelines lie beside it and bear its name. Paths of
    code and data are relative to where the file lies, to the current folder without a ``dest``.
    Raises ValidationException, listing all problems, for a job that does not validate here.
    """
    job._validate().try_raise()
    folder, name = _split(dest)
    changes = Changes(folder)
    writer = StepWriter(changes, name.rpartition(".")[0])
    document = _document(job, writer, changes)
    exported = Exported({name: document, **writer.files}, tuple(changes.told))
    if dest is not None:
        exported.write(folder)
    return exported


def _split(dest: str | os.PathLike[str] | None) -> tuple[str, str]:
    if dest is None:
        return os.getcwd(), MAIN_FILE
    path = os.path.abspath(os.fspath(dest))
    if path.lower().endswith((".yml", ".yaml")) and not os.path.isdir(path):
        return os.path.split(path)
    return path, MAIN_FILE


def _document(job: PipelineJob, writer: StepWriter, changes: Changes) -> dict[str, Any]:
    settings = plain(job.settings)
    default = compute_name(settings.get("default_compute"), "settings.default_compute", changes)
    settings["default_compute"] = default
    unset = {name for name, port in job.inputs.items() if _given(port) is None}
    found: dict[str, Any] = {
        "$schema": _SCHEMA,
        "name": job.name,
        "type": job.kind,
        "display_name": job.display_name,
        "description": job.description,
        "experiment_name": job.experiment_name,
        "tags": texts(job.tags),
        "properties": texts(job.properties),
        "identity": plain(job.identity),
        "compute": compute_name(job.compute, "compute", changes),
        "settings": settings,
        "inputs": {n: v for n, p in job.inputs.items() if (v := _input(n, p, changes)) is not None},
        "outputs": {n: changes.output(p.printed(), f"outputs.{n}") for n, p in job.outputs.items()},
        "jobs": writer.steps(job.component, "jobs", unset),
    }
    if writer.homeless and not (found["compute"] or default):
        settings["default_compute"] = _PLACEHOLDER_COMPUTE
        changes.tell(
            "settings.default_compute",
            f"Azure needs a compute; {_PLACEHOLDER_COMPUTE} stands in for it",
        )
    found["settings"] = {name: value for name, value in settings.items() if value is not None}
    for name in job._extras:
        changes.tell(name, "left out; Azure does not know this field")
    return {name: value for name, value in found.items() if value not in (None, {})}


def _given(port: PipelineInput) -> Any:
    return port.declared.default if port.data is None else port.data


def _input(name: str, port: PipelineInput, changes: Changes) -> Any:
    value = _given(port)
    if not isinstance(value, Input):
        return literal(value, f"inputs.{name}", changes)
    return changes.data(value, port.declared, f"inputs.{name}")
