"""``@pipeline``: call the function once, with a capture open, and make what it wired a pipeline."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any, overload

from parallelsdk.dsl._group import GroupView, is_group, member_values
from parallelsdk.dsl._naming import name_steps
from parallelsdk.dsl._parameters import Parameter, Signature, signature_of
from parallelsdk.dsl._returns import keep_promise, promised_outputs
from parallelsdk.entities._capture import capture, open_pipeline
from parallelsdk.entities._fields import warn_unknown
from parallelsdk.entities._io import Output
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node, connect
from parallelsdk.entities._outputs import NodeOutput
from parallelsdk.entities._parameter import PipelineInput
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent
from parallelsdk.exceptions import UserErrorException
from parallelsdk.rules.names import Names

Function = Callable[..., Any]
_SETTINGS = (
    "default_datastore",
    "continue_on_step_failure",
    "force_rerun",
    "on_init",
    "on_finalize",
)
_OPTIONS = Names(
    frozenset(
        {
            *("compute", "default_compute", "default_compute_target", *_SETTINGS),
            *("non_pipeline_inputs", "non_pipeline_parameters"),
            *("is_deterministic", "auto_delete_setting", "get_component"),
            *("name", "version", "display_name", "description", "experiment_name", "tags"),
        }
    )
)
_ONLY_AT_THE_TOP = ("on_init", "on_finalize")


@overload
def pipeline(func: Function) -> Function: ...
@overload
def pipeline(func: None = None, **options: Any) -> Callable[[Function], Function]: ...
def pipeline(
    func: Function | None = None,
    *,
    name: str | None = None,
    version: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    experiment_name: str | None = None,
    tags: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    """Make a function that calls components a pipeline, with or without parentheses.

    Called at the top it returns a ``PipelineJob``, called inside another pipeline function a step.
    Its parameters become the pipeline's inputs, a returned dict of node outputs becomes its
    outputs; a return annotation that is an Output or a group of Outputs is held to. Options:
    default_compute, compute, default_datastore, continue_on_step_failure,
    force_rerun, non_pipeline_inputs. Raises UserErrorException for what no pipeline can be; see
    ``Signature.bind`` for bad calls.
    """

    warn_unknown("pipeline", _OPTIONS.faults(options))
    if func is not None and not callable(func):
        raise UserErrorException(
            f"@pipeline decorates a function, found {func!r}. Give options by keyword, such as "
            '@pipeline(display_name="...").'
        )

    def decorate(function: Function) -> Function:
        non_pipeline = options.get("non_pipeline_inputs", options.get("non_pipeline_parameters"))
        builder = _Builder(
            function,
            signature_of(function, non_pipeline),
            options,
            name=name or function.__name__,
            version=version,
            display_name=display_name or name or function.__name__,
            description=description or function.__doc__,
            tags=tags,
        )

        @functools.wraps(function)
        def build(*args: Any, **kwargs: Any) -> PipelineJob | Pipeline:
            return builder.build(args, kwargs, experiment_name)

        build._is_dsl_func = True  # type: ignore[attr-defined]
        build._pipeline_builder = builder  # type: ignore[attr-defined]
        return build

    return decorate if func is None else decorate(func)


class _Builder:
    """A pipeline function with its decorator's arguments; every call builds everything anew."""

    def __init__(
        self, function: Function, signature: Signature, options: dict[str, Any], **labels: Any
    ) -> None:
        self._function = function
        self._signature = signature
        self._options = options
        self._labels = labels
        self._promised = promised_outputs(function)
        self._code = getattr(inspect.unwrap(function), "__code__", None)

    def build(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], experiment_name: str | None
    ) -> PipelineJob | Pipeline:
        """One call: a job at the top, a step inside another pipeline."""
        given = self._given(self._signature.bind(args, kwargs))
        component = self._component(given)
        if open_pipeline() is not None:
            return self._step(component, given)
        values = {**self._defaults(given), **given}
        labels = {n: v for n, v in self._labels.items() if n not in ("name", "version")}
        return PipelineJob(
            component=component,
            inputs={name: values[name] for name in component.inputs if name in values},
            experiment_name=experiment_name,
            compute=self._options.get("compute"),
            settings=self._settings(),
            **labels,
        )

    def definition(self) -> PipelineComponent:
        """The pipeline as a component, no parameter given a value."""
        return self._component({})

    def _given(self, bound: Mapping[str, Any]) -> dict[str, Any]:
        """The caller's arguments, groups flattened; plain Python values under their own names."""
        found: dict[str, Any] = {}
        for name, parameter in self._signature.parameters.items():
            if parameter.group is not None:
                value = bound.get(
                    name,
                    None if parameter.default is inspect.Parameter.empty else parameter.default,
                )
                found.update(member_values(name, parameter.group, value))
            elif name in bound:
                found[name] = bound[name]
        return found

    def _defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: declared.default
            for parameter in self._signature.parameters.values()
            for name, declared in parameter.declared
            if declared.default is not None and name not in given
        }

    def _component(self, given: Mapping[str, Any]) -> PipelineComponent:
        defaults = self._defaults(given)
        ports = {
            name: PipelineInput(
                name, declared.copy_with(), given.get(name, defaults.get(name)), given.get(name)
            )
            for parameter in self._signature.parameters.values()
            for name, declared in parameter.declared
        }
        arguments = {
            name: _argument(parameter, ports, given)
            for name, parameter in self._signature.parameters.items()
        }
        with capture(self._code) as inside:
            returned = self._function(**arguments)
        jobs = name_steps(inside.nodes, inside.local_variables())
        component = PipelineComponent(jobs=jobs, **self._labels)
        component.inputs = {name: port.declared for name, port in ports.items()}
        made = _outputs(returned, jobs)
        component.outputs = made if self._promised is None else keep_promise(self._promised, made)
        return component

    def _step(self, component: PipelineComponent, given: Mapping[str, Any]) -> Pipeline:
        for name in _ONLY_AT_THE_TOP:
            if self._options.get(name) is not None:
                raise UserErrorException(f"{name} is not possible in a pipeline inside another")
        if self._settings():
            warnings.warn(
                f"The settings of the inner pipeline {component.name!r} are ignored; "
                "set them on the job",
                stacklevel=4,
            )
        values = {name: value for name, value in given.items() if name in component.inputs}
        step: Pipeline = connect(component.new_node(), (), values)
        return step

    def _settings(self) -> dict[str, Any]:
        found = {
            name: self._options[name] for name in _SETTINGS if self._options.get(name) is not None
        }
        compute = self._options.get("default_compute", self._options.get("default_compute_target"))
        return found if compute is None else {"default_compute": compute, **found}


def _argument(parameter: Parameter, ports: dict[str, Any], given: Mapping[str, Any]) -> Any:
    """What the function gets for a parameter: a reference to the input, a group of them, or the
    value.
    """
    if parameter.plain:
        return given.get(parameter.name, parameter.default)
    if parameter.group is not None:
        return GroupView(parameter.name, parameter.group, ports)
    return ports[parameter.name]


def _outputs(returned: Any, jobs: Mapping[str, Node]) -> dict[str, Output]:
    """Bind the returned node outputs to the pipeline's, and declare those."""
    if returned is None:
        return {}
    if is_group(type(returned)):
        given = {name: getattr(returned, name) for name in type(returned)._group_fields}
        returned = {name: value for name, value in given.items() if value is not None}
    if not isinstance(returned, Mapping):
        raise UserErrorException(
            "A pipeline function must return a mapping of names to node outputs, a group of them, "
            "or nothing; "
            f"it returned {type(returned).__name__}"
        )
    found: dict[str, Output] = {}
    for name, value in returned.items():
        port = value.single_output() if isinstance(value, Node) else value
        if not isinstance(name, str) or not isinstance(port, NodeOutput):
            raise UserErrorException(
                f"A pipeline function must return a mapping of names to node outputs; {name!r} is "
                f"{type(value).__name__}"
            )
        if not any(node is port.node for node in jobs.values()):
            raise UserErrorException(
                f"The returned output {name!r} belongs to no step of this pipeline"
            )
        if port.parent_output is not None:
            raise UserErrorException(
                f"{port} is returned twice, as {port.parent_output!r} and as {name!r}; "
                "return it once"
            )
        port.parent_output = name
        found[name] = Output(type=port.type or Output().type, description=port.description)
    return found
