"""What a table is, decided once: columns, types and how its text is to be read.

Alone, because it travels: planning decides it from the first rows, the file of mini-batches carries
it as JSON, and every worker reads by it; so a column's type cannot depend on where the cut fell.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal

ColumnType = Literal["string", "int", "float", "bool", "datetime"]
Header = Literal[
    "no_header", "from_first_file", "all_files_same_headers", "all_files_different_headers"
]
Encoding = Literal["utf8", "latin1", "utf16"]

PATH_COLUMN = "Path"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the type of all its values. ``order`` is that of dates: ymd, dmy or mdy."""

    name: str
    type: ColumnType
    order: str = "ymd"


@dataclass(frozen=True, slots=True)
class DelimitedOptions:
    """The options of ``read_delimited``, checked."""

    delimiter: str = ","
    encoding: Encoding = "utf8"
    header: Header = "all_files_same_headers"
    empty_as_string: bool = False
    include_path_column: bool = False
    support_multi_line: bool = False
    infer: bool = True
    sample_size: int = 200
    overrides: tuple[Column, ...] = ()

    @property
    def whole_files(self) -> bool:
        """Whether a file cannot be cut: line breaks are not where rows end, or not one byte."""
        return self.support_multi_line or self.encoding == "utf16"


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """Everything that a worker must know to read its piece of the table.

    ``cells`` are the columns of the files: by position, or, with all_files_different_headers, by
    name. ``keys`` come from the path. ``output`` names what the DataFrame has, in its order.
    """

    options: DelimitedOptions
    cells: tuple[Column, ...]
    keys: tuple[Column, ...]
    partition_format: str | None
    output: tuple[str, ...]

    def to_json(self) -> str:
        """JSON text that ``from_json`` reads."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TableDefinition:
        """The definition that ``to_json`` wrote."""
        data: dict[str, Any] = json.loads(text)
        options = data["options"]
        options["overrides"] = _columns(options["overrides"])
        return cls(
            options=DelimitedOptions(**options),
            cells=_columns(data["cells"]),
            keys=_columns(data["keys"]),
            partition_format=data["partition_format"],
            output=tuple(data["output"]),
        )


def _columns(items: list[dict[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(**item) for item in items)  # type: ignore[arg-type]
