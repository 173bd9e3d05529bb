"""Where the placeholders of a shell line stand, and how each is written there.

A value travels in a variable, and what stands for its placeholder depends on the quotes around it.
The shell expands a variable after it has parsed the line, so a value is one word whatever it holds,
and nothing in it is ever run. Where that cannot be had, the placeholder is refused: in ``${ }``,
whose words the shell takes apart by rules of their own, and in arithmetic, which the shell
evaluates, unless the value is a number.

Follows bash 5.2; alone, because a shell's grammar is a world of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from parallelsdk.planning.plan import Reference, Word

Item = str | Reference  # a character, or a placeholder
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]+")
_NUMERIC_TEST: Final = re.compile(r"\s-(eq|ne|lt|le|gt|ge)\s")
_ENDS_WORD: Final = frozenset(" \t\n;&|()<>")
_QUOTED: Final = frozenset("\\$`")  # what a body without expansions must hide from the shell
_IN_BRACES: Final = (
    "stands inside ${ }, or behind one that is not closed, where the shell would take its value "
    "apart. Put it into a variable of its own first"
)
_UNCLOSED: Final = "stands in a line in which a quote or a bracket is not closed"
_IN_DELIMITER: Final = "stands in the end mark of a here-document. Write the mark out"
_ESCAPED: Final = (
    "stands behind a backslash, which would take a part of its value or of our quotes for itself. "
    "Remove the backslash"
)
_SUBSCRIPT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\[.*")
_IN_ARITHMETIC: Final = (
    "stands in arithmetic, which the shell evaluates, and is no whole number. Give a number, or "
    "compare it as a text"
)


@dataclass(frozen=True, slots=True)
class ShellFault:
    """A placeholder that cannot stand where it does."""

    reference: Reference
    message: str


@dataclass(frozen=True, slots=True)
class ShellText:
    """A line to give to a shell, the references in the order of their variables, and faults."""

    text: str
    references: tuple[Reference, ...]
    faults: tuple[ShellFault, ...]


def shell_text(
    command: Word, variable: str, is_number: Callable[[Reference], bool] = lambda _: False
) -> ShellText:
    """The line of ``command``; ``variable`` is the name of the first variable, with ``{}`` in it
    for its number. ``is_number`` tells whether the value of a reference is one.
    """
    items: list[Item] = []
    for part in command.parts:
        items += part if isinstance(part, str) else [part]
    names = _Names(variable, is_number)
    text = _Reader(items, names).read()
    return ShellText(text, tuple(names.references), tuple(names.faults))


def is_whole_number(text: str) -> bool:
    """Whether arithmetic takes a text as it is: decimal digits, perhaps behind a minus."""
    return text.isascii() and text.removeprefix("-").isdecimal()


class _Names:
    """Gives references their variables, and collects what is wrong with them."""

    def __init__(self, variable: str, is_number: Callable[[Reference], bool]) -> None:
        self.references: list[Reference] = []
        self.faults: list[ShellFault] = []
        self.is_number = is_number
        self._variable = variable

    def new(self, reference: Reference) -> str:
        self.references.append(reference)
        return f"${{{self._variable.format(len(self.references))}}}"

    def refuse(self, reference: Reference, message: str) -> None:
        self.faults.append(ShellFault(reference, message))


@dataclass(slots=True)
class _Frame:
    """Something open: a quote, an expansion, a comment.

    ``kind`` is ``'`` ``"`` ``$'`` ``` ` ``` ``(`` ``((`` ``${`` ``#`` ``[[`` or ``<<``. ``depth``
    counts parentheses in arithmetic, or ``case`` without its ``esac``.
    """

    kind: str
    depth: int = 0
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class _Document:
    """A here-document whose body is still to come: where its mark was written, and the mark."""

    place: int
    mark: str
    is_quoted: bool
    strips_tabs: bool


class _Reader:
    def __init__(self, items: Sequence[Item], names: _Names, base: str = "") -> None:
        self._items = items
        self._names = names
        self._at = 0
        self._out: list[str] = []
        self._open: list[_Frame] = [_Frame(base)] if base else []
        self._base = base
        self._word = ""  # the letters of the present word, if it has nothing else
        self._documents: list[_Document] = []

    def read(self) -> str:
        while self._at < len(self._items):
            item = self._items[self._at]
            if isinstance(item, Reference):
                self._out.append(self._written(item))
                self._word = "-"  # no name of anything
                self._at += 1
            else:
                self._step(item)
        if self._is_unclosed() and self._names.references:
            self._names.refuse(self._names.references[-1], _UNCLOSED)
        return "".join(self._out)

    def _is_unclosed(self) -> bool:
        """Whether a quote or an expansion is open at the end."""
        return any(frame.kind not in ("#", "[[", self._base) for frame in self._open)

    # ---- looking

    @property
    def _inside(self) -> str:
        return self._open[-1].kind if self._open else ""

    def _ahead(self, text: str) -> bool:
        return self._items[self._at : self._at + len(text)] == list(text)

    def _begins_word(self) -> bool:
        before = self._out[-1][-1:] if self._out else " "
        return before in _ENDS_WORD or before == "`"

    def _take(self, count: int = 1) -> None:
        for item in self._items[self._at : self._at + count]:
            if isinstance(item, str):
                self._out.append(item)
        self._at += count

    def _push(self, kind: str, text: str) -> None:
        self._open.append(_Frame(kind))
        self._take(len(text))
        self._word = ""

    # ---- one placeholder

    def _written(self, reference: Reference) -> str:
        kinds = [frame.kind for frame in self._open]
        inside = self._inside
        if "${" in kinds:
            self._names.refuse(reference, _IN_BRACES)
        evaluated = (
            inside in ("((", "$[")
            or any(frame.is_numeric for frame in self._open)
            or self._is_subscript()
        )
        if evaluated and not self._names.is_number(reference):
            self._names.refuse(reference, _IN_ARITHMETIC)
        name = self._names.new(reference)
        if inside == "'":
            return f"'\"{name}\"'"
        if inside == "$'":
            return f"'\"{name}\"$'"
        if inside in ('"', "<<", "((", "$[", "#", "${"):
            return name
        return f'"{name}"'

    def _is_subscript(self) -> bool:
        """Whether the word is the assignment of an array's element, and this its number."""
        if self._inside not in ("", "(", "`") or not _SUBSCRIPT.fullmatch(self._word):
            return False
        rest = "".join(i if isinstance(i, str) else "x" for i in self._items[self._at :])
        word = re.split(r"[\s;&|()<>]", rest, maxsplit=1)[0]
        return "]=" in word or "]+=" in word

    # ---- one character

    def _step(self, character: str) -> None:
        inside = self._inside
        if inside == "#":
            if character == "\n":
                self._open.pop()
                self._code(character)
            else:
                self._take()
        elif inside in ("'", "$'"):
            self._quoted(character, inside)
        elif character == "\\":
            self._refuse_escaped()
            self._take(2 if isinstance(self._next(), str) else 1)
            self._word = "-"
        elif inside in ('"', "<<"):
            self._expanding(character, inside)
        elif inside in ("((", "$["):
            self._arithmetic(character, inside)
        else:
            self._code(character)

    def _next(self) -> Item | None:
        return self._items[self._at + 1] if self._at + 1 < len(self._items) else None

    def _refuse_escaped(self) -> None:
        following = self._next()
        if isinstance(following, Reference):
            self._names.refuse(following, _ESCAPED)

    def _quoted(self, character: str, inside: str) -> None:
        if inside == "$'" and character == "\\":
            self._refuse_escaped()
        if inside == "$'" and character == "\\" and isinstance(self._next(), str):
            self._take(2)
            return
        if character == "'":
            self._open.pop()
        self._take()

    def _expanding(self, character: str, inside: str) -> None:
        """Within double quotes, or in a here-document."""
        if character == '"' and inside == '"':
            self._open.pop()
            self._take()
        elif not self._expansion(character):
            self._take()

    def _expansion(self, character: str) -> bool:
        """Begin what a ``$`` or a backtick begins; whether it did."""
        if self._ahead("$(("):
            self._push("((", "$((")
        elif self._ahead("$("):
            self._push("(", "$(")
        elif self._ahead("${"):
            self._push("${", "${")
        elif self._ahead("$["):
            self._push("$[", "$[")
        elif character == "`":
            self._push("`", "`")
        else:
            return False
        return True

    def _arithmetic(self, character: str, inside: str) -> None:
        frame = self._open[-1]
        if self._expansion(character):
            return
        if inside == "$[" and character == "]":
            self._open.pop()
        elif character == "(":
            frame.depth += 1
        elif character == ")" and frame.depth:
            frame.depth -= 1
        elif character == ")":
            self._open.pop()
            self._take(2 if self._ahead("))") else 1)
            return
        self._take()

    def _code(self, character: str) -> None:
        """Where words and operators stand."""
        inside = self._inside
        if character == "`" and inside == "`":
            self._open.pop()
            self._take()
        elif self._ahead("$'"):
            self._push("$'", "$'")
        elif self._ahead('$"'):
            self._push('"', '$"')
        elif self._expansion(character):
            pass
        elif character in "'\"":
            self._push(character, character)
        elif inside == "${":
            if character == "}":
                self._open.pop()
            self._take()
        elif character == "#" and self._begins_word():
            self._push("#", "#")
        elif character in _ENDS_WORD:
            self._operator(character)
        else:
            self._take()
            self._word += character

    def _operator(self, character: str) -> None:
        self._end_word()
        if self._ahead("<<<"):
            self._take(3)
        elif self._ahead("<<"):
            self._begin_document()
        elif self._ahead("((") and self._begins_word():
            self._push("((", "((")
        elif character == "(":
            self._push("(", "(")
        elif character == ")":
            self._close_parenthesis()
        else:
            self._take()
            if character == "\n" and self._documents:
                self._read_documents()

    def _end_word(self) -> None:
        word, self._word = self._word, ""
        frame = self._open[-1] if self._open else None
        if word == "[[":
            self._open.append(_Frame("[[", is_numeric=self._is_numeric_test()))
        elif word == "]]" and frame is not None and frame.kind == "[[":
            self._open.pop()
        elif word in ("case", "esac") and frame is not None and frame.kind == "(":
            frame.depth = max(0, frame.depth + (1 if word == "case" else -1))

    def _is_numeric_test(self) -> bool:
        rest = "".join(i if isinstance(i, str) else "x" for i in self._items[self._at :])
        return _NUMERIC_TEST.search(rest.partition("]]")[0]) is not None

    def _close_parenthesis(self) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.kind == "(" and not frame.depth:  # else a pattern of a case
            self._open.pop()
        self._take()

    # ---- here-documents

    def _begin_document(self) -> None:
        strips = self._ahead("<<-")
        self._take(3 if strips else 2)
        while self._at < len(self._items) and self._items[self._at] in (" ", "\t"):
            self._take()
        place, mark, is_quoted = len(self._out), "", False
        quote = ""
        self._out.append("")
        while self._at < len(self._items):
            item = self._items[self._at]
            if isinstance(item, Reference):
                self._names.refuse(item, _IN_DELIMITER)
                self._at += 1
                continue
            if not quote and item in _ENDS_WORD:
                break
            following = self._next()
            self._out[place] += item
            self._at += 1
            if item == quote:
                quote = ""
            elif not quote and item in "'\"":
                quote, is_quoted = item, True
            elif item == "\\" and quote != "'" and isinstance(following, str):
                mark, is_quoted = mark + following, True
                self._out[place] += following
                self._at += 1
            else:
                mark += item
        self._documents.append(_Document(place, mark, is_quoted, strips))

    def _read_documents(self) -> None:
        documents, self._documents = self._documents, []
        for document in documents:
            body, end = self._body_of(document)
            if not document.is_quoted:
                self._out.append(_Reader(body, self._names, "<<").read())
            elif any(isinstance(item, Reference) for item in body):
                self._open_up(document, body)
            else:
                self._out.append("".join(map(str, body)))
            self._at += len(body)
            if end:
                plain = document.is_quoted and any(isinstance(item, Reference) for item in body)
                line = "".join(map(str, self._items[self._at : self._at + end]))
                self._out.append(self._mark(document) if plain else line)
                self._at += end

    def _body_of(self, document: _Document) -> tuple[Sequence[Item], int]:
        """The items of the body, and how many the line of its end mark has; 0 if it has none."""
        start = at = self._at
        while at < len(self._items):
            end = at
            while end < len(self._items) and self._items[end] != "\n":
                end += 1
            line = self._items[at:end]
            if not any(isinstance(item, Reference) for item in line):
                text = "".join(map(str, line))
                if (text.lstrip("\t") if document.strips_tabs else text) == document.mark:
                    return self._items[start:at], end - at
            at = end + 1
        return self._items[start:], 0

    def _open_up(self, document: _Document, body: Sequence[Item]) -> None:
        """Write a body in which nothing is expanded as one in which the variables are."""
        self._out[document.place] = self._mark(document)
        for item in body:
            if isinstance(item, Reference):
                self._out.append(self._names.new(item))
            else:
                self._out.append(f"\\{item}" if item in _QUOTED else item)

    def _mark(self, document: _Document) -> str:
        """An end mark without quotes for a body that had one with quotes."""
        if _PLAIN.fullmatch(document.mark):
            return document.mark
        return f"PARALLELSDK_END_{document.place}"
