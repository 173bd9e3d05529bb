"""Parallel steps: the ``ParallelComponent`` and its node."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from parallelsdk._units import ByteSize, parse_mini_batch_size
from parallelsdk.constants import JobType
from parallelsdk.entities._checks import check_alone, check_parallel
from parallelsdk.entities._command import changed_resources, resources_of
from parallelsdk.entities._component import Component
from parallelsdk.entities._fields import fields_of, is_binding, plain
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._node import Node, connect
from parallelsdk.entities._parallel_settings import ParallelSettings
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import BadValueError, ValidationException
from parallelsdk.rules import vocabulary

SETTINGS = tuple(fields_of(ParallelSettings))
_INHERITED = tuple(name for name in SETTINGS if name not in ("logging_level", "error_threshold"))


def printed_settings(owner: Any) -> dict[str, Any]:
    """The settings in the shape in which they are printed; a size is text, as Azure prints it."""
    found = {name: plain(getattr(owner, name)) for name in SETTINGS}
    size = found["mini_batch_size"]
    found["mini_batch_size"] = None if size is None else printed_size(size)
    return found


def printed_size(size: Any) -> str:
    """A text that reads the same after loading: a number, with its unit if it had one.

    Azure prints the bytes alone; for a list of files they would mean as many files here.
    """
    try:
        found = parse_mini_batch_size(size)
    except ValueError:  # a binding, or what validation will refuse
        return str(size)
    return found.written if isinstance(found, ByteSize) else str(found)


class ParallelComponent(ParallelSettings, Component):
    """An entry script run over the mini-batches of one input. Called, it makes a ``Parallel``.

    ``instance_count`` and its three companions may be given instead of ``resources``, not besides
    it.
    """

    kind: ClassVar[str] = JobType.PARALLEL
    words = vocabulary.COMPONENTS[JobType.PARALLEL]

    def __init__(self, **values: Any) -> None:
        if is_binding(values.get("mini_batch_size")):
            raise BadValueError(
                "ParallelComponent.mini_batch_size: cannot be bound to a pipeline input here; "
                "set it on the step, as step.mini_batch_size = ..."
            )
        code = values.pop("code", None)
        single = resources_of(values)
        if single is not None and values.get("resources") is not None:
            raise ValidationException(
                "ParallelComponent: give either resources or instance_count, not both"
            )
        if single is not None:
            values["resources"] = single
        super().__init__(**values)
        if code is not None and self.task is not None and self.task.code is None:
            self.task.code = code

    def __call__(self, *args: Any, **inputs: Any) -> Parallel:
        """A step of this component; see ``connect`` for what is raised."""
        connected: Parallel = connect(self.new_node(), args, inputs)
        return connected

    def new_node(self) -> Parallel:
        """A step that joins no pipeline yet."""
        node = Parallel(self)
        for (
            name
        ) in _INHERITED:  # Azure leaves two out; ``Node.setting`` reads them from here all the same
            setattr(node, name, copy.deepcopy(getattr(self, name)))
        return node

    def _check(self, findings: Findings) -> None:
        super()._check(findings)
        check_parallel(self.new_node(), "", findings)

    def _to_dict(self) -> dict[str, Any]:
        found = {**super()._to_dict(), **printed_settings(self)}
        return {name: value for name, value in found.items() if value is not None}


class Parallel(ParallelSettings, Node):
    """A step that splits its major input and runs an entry script over the mini-batches.

    Settings can be assigned and may be bound to a pipeline input; validation checks them.
    """

    kind: ClassVar[str] = JobType.PARALLEL
    copied: ClassVar[tuple[str, ...]] = (
        "name",  # a command function's name does not travel; Azure has it so
        *(name for name in SETTINGS if name not in ("resources", "retry_settings", "task")),
    )
    component_class: ClassVar[type[Component]] = ParallelComponent
    component: ParallelComponent

    @property
    def task_code(self) -> str | None:
        """The code folder, absolute if it is local; None when there is none."""
        task = self.setting("task")
        return None if task is None else task.resolved_code

    def _validate(self, raise_error: bool = False) -> ValidationResult:
        """Check the step by itself, without touching data; with ``raise_error`` raise."""
        return check_alone(self, raise_error)

    def set_resources(self, **resources: Any) -> None:
        """Change the given resources of this step alone."""
        self.resources = changed_resources(self.resources, resources)

    def _own_dict(self) -> dict[str, Any]:
        found = printed_settings(self)
        resources = found.pop("resources")
        return {"resources": resources, "component": self.component.printed(), **found}
