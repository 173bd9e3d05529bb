"""The first rows of an output file, shown under its path so that a result is seen at once."""

from __future__ import annotations

from parallelsdk.client.plain_text import printable

MOST_ROWS = 5
MOST_CHARACTERS = 160
_MOST_BYTES = 64 * 1024


def first_rows(path: str) -> list[str]:
    """Up to five rows, cut to a screen's width, with a last line that says if there are more.

    Empty when the file cannot be read: the summary is no place to fail for that.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError:
        return []
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    if lines[-1] == "":
        lines.pop()
    rows = [_cut(printable(line, keep="\t")) for line in lines[:MOST_ROWS]]
    return [*rows, "..."] if len(lines) > MOST_ROWS or len(data) == _MOST_BYTES else rows


def _cut(row: str) -> str:
    return row if len(row) <= MOST_CHARACTERS else row[: MOST_CHARACTERS - 3] + "..."
