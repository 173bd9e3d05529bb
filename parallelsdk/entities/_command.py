"""Commands: the ``CommandComponent``, its node, and the function ``command()`` that makes both."""

from __future__ import annotations

import copy
import os
from typing import Any, ClassVar, Final

from parallelsdk.constants import JobType
from parallelsdk.entities._checks import check_alone, check_command
from parallelsdk.entities._component import Component
from parallelsdk.entities._fields import expect_mapping, plain, refer, warn_unknown
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._interface import declared_inputs, preset
from parallelsdk.entities._io import resolve
from parallelsdk.entities._node import Node, connect
from parallelsdk.entities._rules import anything, part, text, texts
from parallelsdk.entities._settings import (
    CommandJobLimits,
    JobResourceConfiguration,
    ResourceConfiguration,
    environment_field,
)
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import ValidationException
from parallelsdk.rules import vocabulary


class CommandComponent(Component):
    """A shell line with ``${{inputs.x}}`` and ``${{outputs.y}}`` in it. Called, it makes a
    ``Command``.
    """

    kind: ClassVar[str] = JobType.COMMAND
    words = vocabulary.COMPONENTS[JobType.COMMAND]

    command = text()
    code = text()
    environment = environment_field()
    resources = part(JobResourceConfiguration, ResourceConfiguration)
    distribution = anything()
    additional_includes = texts()

    def __init__(self, **values: Any) -> None:
        single = resources_of(values)
        if single is not None and values.get("resources") is not None:
            raise ValidationException(
                "CommandComponent: give either resources or instance_count, not both"
            )
        super().__init__(**({**values, "resources": single} if single is not None else values))

    @property
    def resolved_includes(self) -> tuple[str, ...]:
        """Files and folders that come beside the code, absolute."""
        return tuple(resolve(path, self._folder) for path in self.additional_includes or ())

    @property
    def resolved_code(self) -> str | None:
        """The code folder or file, absolute if it is local; None when there is none."""
        return self._resolved(self.code)

    def __call__(self, *args: Any, **inputs: Any) -> Command:
        """A step of this component; see ``connect`` for what is raised."""
        connected: Command = connect(self.new_node(), args, inputs)
        return connected

    def new_node(self) -> Command:
        """A step that joins no pipeline yet."""
        node = Command(self)
        node.resources, node.distribution = copy.deepcopy(self.resources), self.distribution
        return node

    def _check(self, findings: Findings) -> None:
        super()._check(findings)
        check_command(self.new_node(), "", findings)

    def _to_dict(self) -> dict[str, Any]:
        found = super()._to_dict()
        if "code" in found:
            found["code"] = self.resolved_code
        if "environment" in found:
            found["environment"] = refer(found["environment"])
        if "additional_includes" in found:
            found["additional_includes"] = list(self.resolved_includes)
        return found


class Command(Node):
    """A step that runs a command."""

    kind: ClassVar[str] = JobType.COMMAND
    copied: ClassVar[tuple[str, ...]] = ("environment", "distribution", "services")
    own_names: ClassVar[tuple[str, ...]] = ("distribution", "services")
    component_class: ClassVar[type[Component]] = CommandComponent
    component: CommandComponent

    resources = part(JobResourceConfiguration, ResourceConfiguration)
    limits = part(CommandJobLimits)
    environment = environment_field()

    def __init__(self, component: CommandComponent | str | None = None, **values: Any) -> None:
        """Without a ``component`` one is made of what ``command()`` takes."""
        self.distribution: Any = None
        self.services: Any = None
        if component is not None:
            super().__init__(component, **values)
            return
        made = command(**{name: value for name, value in values.items() if name != "type"})
        super().__init__(made.component, type=values.get("type", self.kind))
        preset(self, values.get("inputs"), values.get("outputs"))
        for name, value in vars(made).items():
            if name not in ("component", "inputs", "outputs"):
                setattr(self, name, value)

    @property
    def command(self) -> str | None:
        """The shell line; it lives on the component."""
        return self.component.command

    @command.setter
    def command(self, value: str) -> None:
        self.component.command = value

    @property
    def code(self) -> str | None:
        """The code folder as written; it lives on the component."""
        return self.component.code

    @code.setter
    def code(self, value: str | os.PathLike[str] | None) -> None:
        self.component.code = value
        self.component.rooted(os.getcwd(), self.component.document)

    @property
    def code_path(self) -> str | None:
        """The code folder or file, absolute if it is local."""
        return self.component.resolved_code

    def _validate(self, raise_error: bool = False) -> ValidationResult:
        """Check the step by itself, without touching data; with ``raise_error`` raise."""
        return check_alone(self, raise_error)

    def set_limits(self, *, timeout: int) -> None:
        """Limit the seconds that the step may take."""
        self.limits = CommandJobLimits(timeout=timeout)

    def set_resources(self, **resources: Any) -> None:
        """Change the given resources of this step alone."""
        self.resources = changed_resources(self.resources, resources)

    def _own_dict(self) -> dict[str, Any]:
        return {
            "resources": plain(self.resources),
            "limits": plain(self.limits),
            "environment": refer(plain(self.environment)),
            "distribution": plain(self.distribution),
            "services": plain(self.services),
            "component": self.component.printed(),
        }


def changed_resources(
    current: ResourceConfiguration | None, changes: dict[str, Any]
) -> JobResourceConfiguration:
    """A copy of ``current`` with the given values changed, so that nothing shared changes."""
    old = {} if current is None else dict(current.given())
    return JobResourceConfiguration(
        **{**old, **{k: v for k, v in changes.items() if v is not None}}
    )


def resources_of(settings: dict[str, Any]) -> JobResourceConfiguration | None:
    """Take the four resource arguments out of ``settings``; None when none is set."""
    names = ("instance_count", "instance_type", "docker_args", "shm_size")
    found = {name: settings.pop(name, None) for name in names}
    return changed_resources(None, found) if any(v is not None for v in found.values()) else None


# Keywords of ``command()`` that have a place of their own.
_HEEDED: Final = frozenset(
    {"resources", "limits", "distribution", "services", "identity", "properties", "comment"}
    | {"additional_includes", "experiment_name"}
)


def command(
    *,
    command: str | None = None,
    code: str | os.PathLike[str] | None = None,
    environment: Any = None,
    inputs: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    name: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    tags: dict[str, str] | None = None,
    compute: str | None = None,
    environment_variables: dict[str, str] | None = None,
    timeout: int | None = None,
    is_deterministic: bool = True,
    **settings: Any,
) -> Command:
    """A command step, callable inside a pipeline function like any component.

    ``inputs`` declare (an Input without a path) or also preset (a literal, an Input with a path).
    Further keywords: instance_count, instance_type, docker_args, shm_size, distribution,
    properties, identity and the other names that Azure's ``command`` takes. Raises
    ValidationException naming the field of a bad value.
    """
    single = resources_of(settings)
    if single is not None and settings.get("resources") is not None:
        raise ValidationException("command: give either resources or instance_count, not both")
    warn_unknown("command", vocabulary.COMMAND_FUNCTION.faults(settings))
    component = CommandComponent(
        name=name,
        display_name=display_name,
        description=description,
        tags=tags,
        command=command,
        code=code,
        environment=environment,
        resources=single or settings.get("resources"),
        distribution=settings.get("distribution"),
        additional_includes=settings.get("additional_includes"),
        is_deterministic=is_deterministic,
        inputs=declared_inputs(inputs),
        outputs=outputs,
    )
    node = Command(component)
    preset(node, inputs, outputs)
    node.name, node.display_name, node.description = name, display_name, description
    node.tags, node.compute = expect_mapping(tags, "tags"), compute
    node.properties = expect_mapping(settings.get("properties"), "properties")
    node.environment, node.resources = component.environment, component.resources
    node.environment_variables = expect_mapping(environment_variables, "environment_variables")
    node.distribution, node.services = settings.get("distribution"), settings.get("services")
    node.identity = settings.get("identity")
    node.experiment_name = settings.get("experiment_name")
    if settings.get("limits") is not None:
        node.limits = settings["limits"]
    if timeout is not None:
        node.set_limits(timeout=timeout)
    node.comment = settings.get("comment")
    node.keep({n: v for n, v in settings.items() if n not in _HEEDED and v is not None})
    return node


CommandJob = Command  # a command that stands alone in a file is read as such a node
