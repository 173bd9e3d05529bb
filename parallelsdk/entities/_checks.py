"""The checks of one step: its inputs, outputs, settings, and what its kind needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from parallelsdk._expressions import Expression, split_parts, split_words, whole
from parallelsdk.constants import JobType, ParallelTaskType
from parallelsdk.entities._component import Component, told_alone
from parallelsdk.entities._fields import Binding, Checked, Field, is_binding, plain
from parallelsdk.entities._findings import Findings, check_literal, check_value, unclosed
from parallelsdk.entities._inputs import NodeInput
from parallelsdk.entities._io import Input, is_local
from parallelsdk.entities._level import AnyLevel, Level
from parallelsdk.entities._node import Node
from parallelsdk.entities._outputs import NodeOutput, OutputPort
from parallelsdk.entities._rules import mapping, text, text_mapping
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.rules.identifiers import port_fault, variable_fault
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.ports import DECLARED_TYPES, INPUT_MODES, INPUT_TYPES, OUTPUT_MODES
from parallelsdk.rules.records import RECORDS
from parallelsdk.rules.vocabulary import STEPS

_LABELS: Final[Mapping[str, Field[Any]]] = {
    **{n: text() for n in ("display_name", "description", "comment", "experiment_name")},
    "tags": text_mapping(),
    "properties": mapping(),
}
_ELSEWHERE: Final = ("task", "input_data")  # fields whose references are those of the component


def check_step(node: Node, path: str, level: Level, findings: Findings) -> None:
    """Add all that is wrong with ``node``, which stands at the dotted ``path``."""
    for name, port in node.inputs.items():
        _check_input(name, port, node, f"{path}.inputs.{name}", level, findings)
    for name, output in node.outputs.items():
        _check_output(name, output, node, f"{path}.outputs.{name}", level, findings)
    _check_settings(node, path, level, findings)
    _check_order(node, path, level, findings)
    if node.component.reference is not None:
        return
    _check_port_names(node.component, path, findings)
    if node.kind == JobType.PARALLEL:
        check_parallel(node, path, findings)
    if node.kind == JobType.COMMAND:
        check_command(node, path, findings)


def check_alone(node: Node, raise_error: bool = False) -> ValidationResult:
    """What is wrong with a step by itself, whatever pipeline it may stand in."""
    findings = Findings()
    check_step(node, "", AnyLevel(), findings)
    return told_alone(findings, node.document, raise_error)


def _check_port_names(component: Component, path: str, findings: Findings) -> None:
    """Azure's SDK lets these pass in a pipeline, and its service does not."""
    for ports in ("inputs", "outputs"):
        for name in getattr(component, ports):
            if fault := port_fault(name):
                findings.warn(f"{path}.{ports}.{name}", fault)


def _check_input(
    name: str, port: NodeInput, node: Node, path: str, level: Level, findings: Findings
) -> None:
    declared = port.declared
    if declared is None:
        known = [n for n, p in node.inputs.items() if p.declared is not None]
        findings.error(path, f"the component has no input {name!r}{did_you_mean(name, known)}")
        return
    if port.data is None:
        if not declared.optional and declared.default is None:
            findings.error(path, f"Required input {name!r} is not provided; give it a value")
        return
    findings.error(path, _unknown_word(port.mode or declared.mode, INPUT_MODES, "input mode"))
    findings.error(path, _unknown_word(declared.type, DECLARED_TYPES, "input type"))
    if isinstance(port.data, Input):
        findings.error(path, _unknown_word(port.data.type, INPUT_TYPES, "input type"))
        findings.error(path, check_value(port.data, declared))
        return
    findings.error(path, level.problems_in(port.data))
    if not is_binding(port.data):
        check_literal(port.data, declared, path, findings)


def _check_output(
    name: str, port: NodeOutput, node: Node, path: str, level: Level, findings: Findings
) -> None:
    if port.declared is None:
        known = [n for n, p in node.outputs.items() if p.declared is not None]
        findings.error(path, f"the component has no output {name!r}{did_you_mean(name, known)}")
    findings.error(path, _unknown_word(port.mode, OUTPUT_MODES, "output mode"))
    findings.error(path, _unknown_word(port.type, DECLARED_TYPES, "output type"))
    check_asset(port, path, findings)
    if port.parent_output is not None:
        findings.error(path, level.problem_of_output(port.parent_output))


def check_asset(port: OutputPort, path: str, findings: Findings) -> None:
    """Add what is wrong with the name of the asset that an output becomes."""
    given = port.given
    if given is not None and given.version is not None and given.name is None:
        findings.error(f"{path}.version", "needs a name: give the asset one, or leave version out")


def _unknown_word(word: str | None, known: Iterable[str], what: str) -> str | None:
    if word is None or word in known or is_binding(word):
        return None
    return f"{word!r} is no {what}{did_you_mean(word, known)}"


def _check_order(node: Node, path: str, level: Level, findings: Findings) -> None:
    try:
        names = node.predecessors()
    except ValueError as error:
        findings.error(f"{path}.after", str(error).removeprefix("after: "))
        return
    for name in names:
        findings.error(f"{path}.after", level.problem_of_order(name))


def _check_settings(node: Node, path: str, level: Level, findings: Findings) -> None:
    for name, field in node._settings.items():
        value = node.__dict__.get(name)
        if value is None:
            continue
        try:
            field.check(value)
        except ValueError as error:
            findings.error(f"{path}.{name}", str(error))
        if isinstance(value, Checked):
            for word, fault in value.unknown().items():
                findings.warn(f"{path}.{name}.{word}", fault)
        if name in _ELSEWHERE:
            continue
        inner = value.given() if isinstance(value, Checked) else [("", value)]
        for key, item in inner:
            findings.error(f"{path}.{name}.{key}".rstrip("."), level.problems_in(item))
    check_labels(node.__dict__, path, findings)
    check_compute(node.compute, f"{path}.compute", findings)
    findings.error(f"{path}.compute", level.problems_in(node.compute))
    for name in RECORDS:
        check_record(name, getattr(node, name, None), path, findings)
    variables: Any = node.environment_variables or {}
    if not isinstance(variables, Mapping):
        told = f"must be a mapping of names, found {variables!r:.80}"
        findings.error(f"{path}.environment_variables", told)
        variables = {}
    for name, value in variables.items():
        findings.error(f"{path}.environment_variables.{name}", variable_fault(name, value))
        findings.error(f"{path}.environment_variables.{name}", level.problems_in(value))
    check_declarations(node.declares, f"{path}.inputs", findings)
    for name in node.ignored:  # as in Azure, which does not say so
        findings.warn(
            f"{path}.{name}",
            f"is ignored, because the component beside it has its own {name}; remove one of them",
        )
    for name, fault in STEPS[node.kind].faults(node.odd_names()).items():
        findings.warn(f"{path}.{name}", fault)
    for name, fault in node.component.unknown().items():
        findings.warn(f"{path}.component.{name}", fault)


def check_labels(values: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Add what is wrong with the texts and mappings among ``values`` that describe a job or step.

    A file could hold none of it, and a job that is stored must be read again.
    """
    for name, rule in _LABELS.items():
        try:
            rule.check(values.get(name))
        except ValueError as error:
            findings.error(f"{path}.{name}", str(error))


def check_compute(value: Any, path: str, findings: Findings) -> None:
    """Add what is wrong with the name of a compute."""
    if value is not None and not isinstance(value, str | Binding):
        findings.error(path, f"must be the name of a compute, found {value!r:.80}")


def check_declarations(names: Iterable[str], path: str, findings: Findings) -> None:
    """Warn of what declares an input where its value is given: Azure's SDK refuses it there."""
    for name in names:
        findings.warn(
            f"{path}.{name}",
            "belongs to the declaration of a component's input; where a value is given Azure "
            "refuses it, so give the value itself",
        )


def check_record(name: str, value: Any, path: str, findings: Findings) -> None:
    """Add what is wrong with one of the mappings that Azure's service reads, below ``path``."""
    if value is None:
        return
    for inner, fault in RECORDS[name](plain(value)).items():
        findings.error(f"{path}.{name}.{inner}".strip("."), fault)


def check_parallel(node: Any, path: str, findings: Findings) -> None:
    """Add what is wrong with the task and the major input of a parallel step."""
    component = node.component
    _check_major_input(node, f"{path}.input_data", findings)
    task: Any = node.setting("task")
    if task is None:
        findings.error(f"{path}.task", "a parallel step needs a task with code and entry_script")
        return
    if isinstance(task, str):
        findings.error(f"{path}.task", f"must be a task with code and entry_script, found {task!r}")
        return
    if task.type != ParallelTaskType.RUN_FUNCTION:
        findings.error(
            f"{path}.task.type", f"{task.type!r} cannot be run here; only run_function can"
        )
    if not task.entry_script:
        findings.error(
            f"{path}.task.entry_script", "missing; name the file that holds init() and run()"
        )
    findings.error(f"{path}.task.code", _code_problem(node.task_code))
    arguments = f"{path}.task.program_arguments"
    findings.error(arguments, _inner_problem(task.program_arguments, component))
    try:
        split_words(task.program_arguments or "")
    except ValueError as error:
        findings.error(arguments, str(error))
    if task.append_row_to is not None:
        found = whole(task.append_row_to)
        where = f"{path}.task.append_row_to"
        if found is None or found.path[0] != "outputs":
            findings.error(where, f"must be ${{{{outputs.<name>}}}}, found {task.append_row_to!r}")
        else:
            findings.error(where, _inner_reference(found, component))


def _check_major_input(node: Any, path: str, findings: Findings) -> None:
    value = node.setting("input_data")
    declared = node.component.inputs
    if value is None:
        names = [name for name, port in declared.items() if not port.is_literal]
        example = names[0] if names else "<name>"
        findings.error(
            path, f"missing; name the input that is split, such as ${{{{inputs.{example}}}}}"
        )
        return
    found = whole(value)
    if found is None or found.path[0] != "inputs":
        findings.error(path, f"must be ${{{{inputs.<name>}}}}, found {value!r}")
        return
    name = ".".join(found.path[1:])
    findings.error(path, _inner_reference(found, node.component))
    if name in declared and declared[name].is_literal:
        findings.error(
            path, f"the input {name!r} is a {declared[name].type}; only data can be split"
        )


def check_command(node: Any, path: str, findings: Findings) -> None:
    """Add what is wrong with the shell line and the code of a command step."""
    line = node.component.command
    if not line or not line.strip():
        findings.error(f"{path}.component.command", "missing; write the shell line to run")
    findings.error(f"{path}.component.command", _inner_problem(line, node.component))
    findings.error(f"{path}.component.code", _code_problem(node.code_path))
    check_record("distribution", node.component.distribution, f"{path}.component", findings)
    for include in node.component.resolved_includes:
        if not os.path.exists(include):
            message = f"there is nothing at {include}"
            findings.error(f"{path}.component.additional_includes", message)


def _code_problem(code: str | None) -> str | None:
    if code is None or not is_local(code) or os.path.exists(code):
        return None
    return f"the code folder does not exist: {code}"


def _inner_problem(text: str | None, component: Component) -> str | None:
    for part in split_parts(text or ""):
        problem = (
            _inner_reference(part, component) if isinstance(part, Expression) else unclosed(part)
        )
        if problem:
            return problem
    return None


def _inner_reference(found: Expression, component: Component) -> str | None:
    """Why a reference inside a component's own texts names nothing, or None."""
    known: Any = {"inputs": component.inputs, "outputs": component.outputs}.get(found.path[0])
    name = ".".join(found.path[1:])
    if known is None or not name:
        return (
            f"{found.text} names nothing; write ${{{{inputs.<name>}}}} or ${{{{outputs.<name>}}}}"
        )
    if name in known or name.removesuffix(".path") in known:
        return None
    what = found.path[0].removesuffix("s")
    return f"{found.text}: the step has no {what} {name!r}{did_you_mean(name, known)}"
