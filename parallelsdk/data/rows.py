"""What ``run()`` returned: how many items it counts as, and how it stands in the output file.

Alone, because the bytes are a promise: they equal what pandas' ``to_csv`` and ``str`` give, so that
a file made on Azure and one made here can be compared. Does not import pandas: who returns a
DataFrame has imported it already.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast


def count_items(result: object) -> int:
    """The number of items that ``result`` stands for: elements, or rows of a DataFrame.

    Raises TypeError when it is no list, tuple or DataFrame.
    """
    if isinstance(result, (list, tuple)) or _is_frame(result):
        return len(result)  # type: ignore[arg-type]
    found = "None; is a return missing?" if result is None else type(result).__name__
    raise TypeError(f"run() should return a list, tuple or DataFrame; it returned {found}")


def format_heading(result: object) -> bytes:
    """The line of column names over the rows of a DataFrame; empty for a list or tuple."""
    return _csv(cast(Any, result).iloc[:0], header=True) if _is_frame(result) else b""


def format_rows(result: object) -> bytes:
    """The bytes of ``result`` in an append_row file, every row ended by ``\\n``.

    Elements as ``str(element)``; a DataFrame as pandas' ``to_csv`` with a blank as separator,
    without index and column names. Raises TypeError as count_items does.
    """
    if isinstance(result, (list, tuple)):
        with _whole_vectors():
            return _encode("".join([f"{element!s}\n" for element in result]))
    count_items(result)
    return _csv(result, header=False)


def _csv(frame: Any, *, header: bool) -> bytes:
    with _whole_vectors():
        return _encode(frame.to_csv(sep=" ", header=header, index=False, lineterminator="\n"))


def _whole_vectors() -> AbstractContextManager[Any]:
    """Within it NumPy's arrays become texts with all their elements, not the first and last ones.

    Up to a thousand elements that is what they are anyway.
    """
    numpy: Any = sys.modules.get("numpy")
    return nullcontext() if numpy is None else numpy.printoptions(threshold=sys.maxsize)


def _is_frame(value: object) -> bool:
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _encode(text: str) -> bytes:
    """UTF-8; names of files that are no UTF-8 get their own bytes back."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")
