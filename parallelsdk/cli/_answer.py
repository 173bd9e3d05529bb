"""What a command answers with: a document, in the form and through the query that were asked for.

jmespath comes in here; it is the language of ``az --query``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

TABLE = "table"


@dataclass(frozen=True, slots=True)
class Form:
    """``output`` is table, json, yaml, tsv or none; ``query`` is a compiled expression or None."""

    output: str = TABLE
    query: Any = None

    @property
    def is_summary(self) -> bool:
        """Whether the command's own text for people is wanted, and no document."""
        return self.output == TABLE and self.query is None


def read_query(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """A JMESPath expression, refused before the command has done anything."""
    if text is None:
        return None
    import jmespath

    try:
        return jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as error:
        raise click.BadParameter(f"{text!r} is no JMESPath expression: {error}") from error


def give(document: Any, form: Form) -> None:
    """Print ``document``, made of plain values, on standard output."""
    value = document if form.query is None else _queried(document, form.query)
    if form.output == "json":
        click.echo(json.dumps(value, indent=2))
    elif form.output == "yaml":
        from parallelsdk.entities._printing import to_yaml

        click.echo(to_yaml(value), nl=False)
    elif form.output == "tsv":
        for row in _rows(value):
            click.echo("\t".join(_cell(item) for item in _values(row)))
    elif form.output == TABLE:
        print_table(_table(value))


def give_details(document: Any, form: Form) -> None:
    """Print the document about one thing; as YAML for people, to whom one row would say little."""
    give(document, Form("yaml") if form.is_summary else form)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of texts under each other, in columns that are as wide as they need be."""
    widths = [
        max(len(row[column]) for row in rows) for column in range(len(rows[0]) if rows else 0)
    ]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _queried(document: Any, query: Any) -> Any:
    import jmespath

    try:
        return query.search(document)
    except jmespath.exceptions.JMESPathError as error:
        raise click.UsageError(f"The query cannot be applied to the answer: {error}") from error


def _rows(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _values(row: Any) -> Iterable[Any]:
    if isinstance(row, dict):
        return row.values()
    return row if isinstance(row, list) else [row]


def _table(value: Any) -> list[list[str]]:
    rows = _rows(value)
    if rows and all(isinstance(row, dict) for row in rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        head = [name.upper() for name in names]
        return [head, *([_cell(row.get(name)) for name in names] for row in rows)]
    cells = [[_cell(item) for item in _values(row)] for row in rows]
    width = max((len(row) for row in cells), default=0)
    return [row + [""] * (width - len(row)) for row in cells]


def _cell(value: Any) -> str:
    from parallelsdk.client.plain_text import printable

    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return printable(text, keep="")
