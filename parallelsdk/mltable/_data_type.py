"""The words in which code asks for types, headers and encodings, named as in Azure's package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class MLTableHeaders(Enum):
    """How the headers of several files are understood."""

    no_header = 1
    from_first_file = 2
    all_files_different_headers = 3
    all_files_same_headers = 4


class MLTableFileEncoding(Enum):
    """The encodings of text files."""

    utf8 = 1
    iso88591 = 2
    latin1 = 3
    ascii = 4
    utf16 = 5
    utf8bom = 6
    windows1252 = 7


@dataclass(frozen=True, slots=True)
class DataType:
    """A type for ``convert_column_types``; ``written`` is how an MLTable file says it."""

    written: Any

    @classmethod
    def to_string(cls) -> DataType:
        """Text."""
        return cls("string")

    @classmethod
    def to_int(cls) -> DataType:
        """Whole numbers of 64 bits."""
        return cls("int")

    @classmethod
    def to_float(cls) -> DataType:
        """Numbers of double precision."""
        return cls("float")

    @classmethod
    def to_bool(
        cls,
        true_values: Sequence[str] | None = None,
        false_values: Sequence[str] | None = None,
        mismatch_as: str | None = None,
    ) -> DataType:
        """True and false in these words, else the reader's; ``mismatch_as``: error, true, false."""
        options: dict[str, Any] = {}
        if true_values is not None:
            options["true_values"] = list(true_values)
        if false_values is not None:
            options["false_values"] = list(false_values)
        if mismatch_as is not None:
            options["mismatch_as"] = mismatch_as
        return cls({"boolean": options} if options else "boolean")

    @classmethod
    def to_datetime(
        cls, formats: str | Sequence[str], date_constant: str | None = None
    ) -> DataType:
        """Moments, written in one of these formats; ``date_constant`` stands before each text."""
        options: dict[str, Any] = {
            "formats": [formats] if isinstance(formats, str) else list(formats)
        }
        if date_constant is not None:
            options["date_constant"] = date_constant
        return cls({"datetime": options})

    @classmethod
    def to_stream(cls) -> DataType:
        """The places of files, from texts that are URLs."""
        return cls("stream_info")
