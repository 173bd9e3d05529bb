"""From YAML to the parts of a component that hold paths of their own: environments and tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from parallelsdk.constants import ParallelTaskType
from parallelsdk.entities._assets import Environment
from parallelsdk.entities._document import read_document
from parallelsdk.entities._fields import unrefer
from parallelsdk.entities._io import is_local, resolve
from parallelsdk.entities._place import Place
from parallelsdk.entities._settings import ParallelTask
from parallelsdk.rules.names import did_you_mean

_TASKS: Final = (ParallelTaskType.RUN_FUNCTION, ParallelTaskType.FUNCTION, ParallelTaskType.MODEL)
_ASSET: Final = re.compile(r"azureml:.+|[A-Za-z0-9][A-Za-z0-9_.-]*[:@][A-Za-z0-9_.-]+")


def read_environment(value: Any, place: Place) -> Environment | str | None:
    """An environment: a reference, a file's path, or a mapping; paths belong to the document."""
    if value is None or isinstance(value, str):
        return _named_environment(unrefer(value), place)
    values = place.mapping(value, "a reference such as azureml:name:1, or a mapping with an image")
    values.pop("$schema", None)
    place.names(values, Environment.names())
    values = {name: item for name, item in values.items() if name in Environment._fields}
    conda, build = values.get("conda_file"), values.get("build")
    if isinstance(conda, str):
        values["conda_file"] = resolve(conda, place.folder)
    if isinstance(build, Mapping) and isinstance(build.get("path"), str):
        values["build"] = {**build, "path": resolve(build["path"], place.folder)}
    made: Environment | None = None
    with place.answering():
        made = Environment(**values)
    return made


def read_task(value: Any, place: Place) -> ParallelTask | None:
    """A parallel step's task from its mapping."""
    values = place.mapping(value, "a mapping with code and entry_script")
    if not values:
        return None
    task = ParallelTask()
    fields = {name: f for name, f in ParallelTask._fields.items() if name != "environment"}
    place.fields(task, fields, values)
    task.passed_over(ParallelTask.names().faults(values))
    if task.type not in _TASKS:
        place.at("type").refuse(
            f"{task.type!r} is no type of a task{did_you_mean(task.type, _TASKS)}"
        )
    task.environment = read_environment(values.get("environment"), place.at("environment"))
    task.rooted(place.folder)
    return task


def is_file_reference(value: Any) -> bool:
    """Whether a text names a local file and no registered asset."""
    if not isinstance(value, str):
        return False
    if value.startswith(("file:", "./", "../", "/")):
        return not value.startswith("file://")
    return is_local(value) and value.lower().endswith((".yml", ".yaml"))


def is_asset_reference(value: Any) -> bool:
    """Whether a text has the form of a registered asset's name: azureml:..., or name:version."""
    return isinstance(value, str) and _ASSET.fullmatch(value) is not None


def _named_environment(value: str | None, place: Place) -> Environment | str | None:
    if not is_file_reference(value):
        return value
    found: Environment | str | None = None
    with place.answering():
        document = read_document(resolve(str(value), place.folder))
        found = read_environment(document.value, Place(document, place.problems))
    return found
