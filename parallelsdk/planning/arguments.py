"""Program arguments and command lines: text with placeholders becomes words with references.

The text is split first and filled afterwards, so a value with blanks or quotes stays the one word
that the author wrote. Nothing here knows a pipeline: which ports exist, and which of them have a
value, is handed in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parallelsdk._expressions import Expression, drop_optional, split_parts, split_words
from parallelsdk.planning.plan import Reference, Word
from parallelsdk.planning.shell import is_whole_number, shell_text
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.settings import ARGUMENTS, Setting, Value


@dataclass(frozen=True, slots=True)
class Ports:
    """What a text of one step may refer to."""

    literals: Mapping[str, str] = field(default_factory=dict)  # inputs with a literal value
    data: frozenset[str] = frozenset()  # inputs that are files or folders
    missing: frozenset[str] = frozenset()  # declared inputs that have no value
    outputs: frozenset[str] = frozenset()

    def inputs(self) -> list[str]:
        """Every declared input."""
        return [*self.literals, *sorted(self.data), *sorted(self.missing)]


@dataclass(frozen=True, slots=True)
class Arguments:
    """``program_arguments`` as read: the user's words, the knobs found in them, and what is odd."""

    words: tuple[Word, ...] = ()
    knobs: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_arguments(text: str, ports: Ports) -> Arguments:
    """The words and knobs of ``program_arguments``.

    Knobs stay among the words, because the entry script receives them too. Never raises for the
    text: whatever is wrong with it stands in ``problems``, as sentences.
    """
    try:
        pieces = split_words(drop_optional(text, lambda found: _is_set(found, ports)))
    except ValueError as error:
        return Arguments(problems=(f"{error}. Close every quote, or escape it with a backslash",))
    problems: list[str] = []
    words = tuple(Word(_parts(piece, ports, problems)) for piece in pieces)
    knobs, warnings = _read_knobs(words, ports, problems)
    return Arguments(words, knobs, tuple(warnings), tuple(problems))


def read_command(text: str, ports: Ports) -> tuple[Word, tuple[str, ...]]:
    """A shell line as one word, and what is wrong with it, as sentences."""
    problems: list[str] = []
    try:
        pieces = split_parts(drop_optional(text, lambda found: _is_set(found, ports)))
    except ValueError as error:
        return Word(()), (f"{error}",)
    word = Word(_parts(pieces, ports, problems))

    def is_whole(reference: Reference) -> bool:
        literals = ports.literals if reference.kind == "inputs" else {}
        return is_whole_number(literals.get(reference.name, ""))

    for fault in shell_text(word, "{}", is_whole).faults:
        problems.append(f"${{{{{fault.reference.kind}.{fault.reference.name}}}}} {fault.message}")
    return word, tuple(problems)


def port_name(path: Iterable[str], known: Iterable[str]) -> str:
    """The port that the tail of a placeholder names; ``x.path`` means ``x``, as in Azure."""
    segments = list(path)
    name = ".".join(segments)
    if name not in known and len(segments) > 1 and segments[-1] == "path":
        return ".".join(segments[:-1])
    return name


def _is_set(expression: Expression, ports: Ports) -> bool:
    """Whether an optional block with this placeholder stays.

    An unknown name counts as set: the block stays and the name is reported.
    """
    if expression.path[0] != "inputs":
        return True
    return port_name(expression.path[1:], ports.inputs()) not in ports.missing


def _parts(
    pieces: Iterable[str | Expression], ports: Ports, problems: list[str]
) -> tuple[str | Reference, ...]:
    parts: list[str | Reference] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        reference = _reference(piece, ports, problems)
        if reference is not None:
            parts.append(reference)
    return tuple(parts)


def _reference(expression: Expression, ports: Ports, problems: list[str]) -> Reference | None:
    kind = expression.path[0]
    if kind == "inputs" and len(expression.path) > 1:
        known = ports.inputs()
        name = port_name(expression.path[1:], known)
        if name not in known:
            problems.append(f"{expression.text} names no input{did_you_mean(name, known)}")
        elif name in ports.missing:
            problems.append(
                f'the input "{name}" has no value. Give it one, or write the part that needs it '
                f"as $[[ {expression.text} ]], which is dropped when there is none"
            )
        else:
            return Reference("inputs", name)
    elif kind == "outputs" and len(expression.path) > 1:
        name = port_name(expression.path[1:], ports.outputs)
        if name in ports.outputs:
            return Reference("outputs", name)
        problems.append(
            f"{expression.text} names no output{did_you_mean(name, sorted(ports.outputs))}"
        )
    else:
        problems.append(
            f"{expression.text} means nothing here. A step's text can use "
            "${{inputs.<name>}} and ${{outputs.<name>}}; bind a value of the pipeline to an input "
            "of the step first"
        )
    return None


def _read_knobs(
    words: tuple[Word, ...], ports: Ports, problems: list[str]
) -> tuple[dict[str, Value], list[str]]:
    knobs: dict[str, Value] = {}
    warnings: list[str] = []
    for position, word in enumerate(words):
        flag = _flag(word)
        knob = _knob(flag, warnings) if flag else None
        if knob is None:
            continue
        text = _value_after(words, position, flag, ports)
        if text is None:
            problems.append(f"{flag} needs a value: {knob.allowed}")
            continue
        value = knob.read(text)
        if value is None:
            problems.append(f'{flag} is "{text}"; it must be {knob.allowed}')
            continue
        if knob.name in knobs:
            warnings.append(f"{knob.flag} is given more than once; the last value counts")
        knobs[knob.name] = value
    return knobs, warnings


def _flag(word: Word) -> str:
    """``--name`` of a word such as ``--name`` or ``--name=5``; empty for any other word."""
    first = word.parts[0] if word.parts else ""
    if not isinstance(first, str) or not first.startswith("--"):
        return ""
    flag, equals, _ = first.partition("=")
    if not equals and len(word.parts) > 1:
        return ""
    return flag


def _knob(flag: str, warnings: list[str]) -> Setting | None:
    """The knob that ``flag`` is, or abbreviates beyond its first word.

    The mission's own example spells ``--resource_monitor_interva``. A shorter beginning, such as
    ``--error``, is taken as an argument of the entry script's own.
    """
    name = flag[2:]
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    matches = [
        knob
        for knob in ARGUMENTS.values()
        if knob.name.startswith(name) and len(name) > knob.name.index("_") + 1
    ]
    if len(matches) == 1:
        warnings.append(f"{flag} is taken as {matches[0].flag}; spell it out")
        return matches[0]
    close = difflib.get_close_matches(name, ARGUMENTS, n=1, cutoff=0.88)
    if close:
        warnings.append(
            f"{flag} is not a known setting, so it only goes to the entry script. "
            f"Did you mean --{close[0]}?"
        )
    return None


def _value_after(words: tuple[Word, ...], position: int, flag: str, ports: Ports) -> str | None:
    """The flag's value, from ``--flag=value`` or the next word; None when there is none."""
    parts = words[position].parts
    first = parts[0]
    if isinstance(first, str) and "=" in first:
        return _literal_text((first[len(flag) + 1 :], *parts[1:]), ports)
    if position + 1 == len(words) or _flag(words[position + 1]):
        return None
    return _literal_text(words[position + 1].parts, ports)


def _literal_text(parts: tuple[str | Reference, ...], ports: Ports) -> str | None:
    """The parts as text; None when one of them is data, whose path is not known yet."""
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif part.kind == "inputs" and part.name in ports.literals:
            texts.append(ports.literals[part.name])
        else:
            return None
    return "".join(texts)
