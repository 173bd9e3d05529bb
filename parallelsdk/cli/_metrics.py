"""Metrics as ``job show`` tells them: lines for people, plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parallelsdk._units import counted
from parallelsdk.jobstore.metrics import Metrics

_MOST_LINES = 20


def metric_lines(metrics: Metrics) -> Iterator[str]:
    """A line for each name, but not for thousands of them."""
    lines = [
        f"{name}: {value.last}{f' ({value.count} times)' if value.count > 1 else ''}"
        for name, value in metrics.values.items()
    ]
    lines += [f"{name}: {counted(t.rows, 'row')}" for name, t in metrics.tables.items()]
    lines += [f"{name}: {tag} (tag)" for name, tag in metrics.tags.items()]
    yield from (f"metric {line}" for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"{len(lines) - _MOST_LINES} more metrics; -o json has them"
    if metrics.not_kept:
        yield f"{metrics.not_kept} values of further names are in metrics.jsonl alone"
    if metrics.damaged:
        yield f"{counted(metrics.damaged, 'line')} of metrics.jsonl cannot be read"


def metric_document(metrics: Metrics) -> dict[str, Any]:
    """The same as plain values, of tables the last rows."""
    return {
        "values": {
            name: {"last": value.last, "count": value.count, "time": value.time}
            for name, value in metrics.values.items()
        },
        "tables": {
            name: {"rows": table.rows, "last": [dict(row) for row in table.last]}
            for name, table in metrics.tables.items()
        },
        "tags": dict(metrics.tags),
        "not_kept": metrics.not_kept,
        "damaged": metrics.damaged,
    }
