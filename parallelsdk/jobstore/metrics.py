"""Metrics as a reader sees them: the fold of what a step's code has logged.

The fold stays small however much is logged: of each name the last value and a count, of a table its
last rows, and of too many names the first. The lines themselves are all in the step's folder.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

KEPT_NAMES: Final = 1000
KEPT_ROWS: Final = 100  # of each table
KEPT_COLUMNS: Final = 100
_LONGEST_TEXT: Final = 1000

Kind = Literal["value", "row", "table", "tag"]
Scope = Literal["step", "job"]  # what was logged to: the step's run, or its parent


@dataclass(frozen=True, slots=True)
class Metric:
    """A name that single values were logged under."""

    last: Any  # a number, a text, a truth value or None
    count: int  # how often it was logged
    time: str  # of the last value, in UTC


@dataclass(frozen=True, slots=True)
class MetricTable:
    """A name that rows were logged under: the last of them."""

    rows: int  # that there were
    last: tuple[Mapping[str, Any], ...]
    time: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """What was logged to one step, or to one job."""

    values: Mapping[str, Metric] = field(default_factory=dict)
    tables: Mapping[str, MetricTable] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    not_kept: int = 0  # calls with names that came when there were too many
    damaged: int = 0  # lines that cannot be read

    def __bool__(self) -> bool:
        """Whether anything was logged."""
        return bool(self.values or self.tables or self.tags or self.not_kept or self.damaged)


class Fold:
    """The state between two lines, made of plain values so that it can be stored."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = dict(state) if state else {"step": {}, "job": {}, "damaged": 0}

    def add(self, scope: Scope, kind: Kind, name: str, value: Any, time: str) -> None:
        """One more line, as it was logged."""
        of_scope = self.state[scope]
        group = {"row": "table"}.get(kind, kind)
        found = of_scope.setdefault(group, {})
        if name not in found and len(found) >= KEPT_NAMES:
            of_scope["not_kept"] = of_scope.get("not_kept", 0) + 1
        elif kind == "tag":
            found[name] = _short(value)
        elif kind == "value":
            count = found[name][1] if name in found else 0
            found[name] = [_short(value), count + 1, time]
        else:
            rows = [value] if kind == "row" else list(_rows_of(value))
            before = found.get(name, [0, [], time])
            last = [*before[1], *map(_short_row, rows[-KEPT_ROWS:])][-KEPT_ROWS:]
            found[name] = [before[0] + len(rows), last, time]

    def add_damaged(self) -> None:
        """One more line that cannot be read."""
        self.state["damaged"] += 1

    def of(self, scope: Scope) -> Metrics:
        """What was logged to the step, or by it to its job."""
        found = self.state[scope]
        return Metrics(
            values={name: Metric(*value) for name, value in found.get("value", {}).items()},
            tables={
                name: MetricTable(rows, tuple(last), time)
                for name, (rows, last, time) in found.get("table", {}).items()
            },
            tags=dict(found.get("tag", {})),
            not_kept=found.get("not_kept", 0),
            damaged=self.state["damaged"] if scope == "step" else 0,
        )


def joined(parts: Iterable[Metrics]) -> Metrics:
    """What several steps have logged to their job; of one name, the latest counts."""
    values: dict[str, Metric] = {}
    tables: dict[str, MetricTable] = {}
    tags: dict[str, str] = {}
    not_kept = 0
    for part in parts:
        for name, value in part.values.items():
            other = values.get(name, value)
            count = value.count + (other.count if name in values else 0)
            latest = max(other, value, key=lambda metric: metric.time)
            values[name] = Metric(latest.last, count, latest.time)
        for name, table in part.tables.items():
            before = tables.get(name, MetricTable(0, (), ""))
            first, second = sorted((before, table), key=lambda table: table.time)
            last = (*first.last, *second.last)[-KEPT_ROWS:]
            tables[name] = MetricTable(before.rows + table.rows, last, second.time)
        tags.update(part.tags)
        not_kept += part.not_kept
    return Metrics(values, tables, tags, not_kept)


def _rows_of(columns: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The rows of a table that was given by columns; a value alone is a column of one row."""
    lists = {name: v if isinstance(v, list) else [v] for name, v in columns.items()}
    for cells in itertools.zip_longest(*lists.values()):
        yield dict(zip(lists, cells, strict=True))


def _short_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in itertools.islice(row.items(), KEPT_COLUMNS)}


def _short(value: Any) -> Any:
    """A value that takes little room; what is compound is told as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."
