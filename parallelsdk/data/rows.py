"""What ``run()`` returned: how many items it counts as, and how it stands in the output file.

Alone, because the bytes are a promise: they equal what pandas' ``to_csv`` and ``str`` give, so that
a file made on Azure and one made here can be compared. Arrays alone are different: what NumPy and
pandas show of one is for the eye, without its middle and its last digits, and here it is whole, in
one line. Does not import pandas: who returns a DataFrame has imported it already.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import is_dataclass
from typing import Any, Final, cast

_SHOWN_WHOLE: Final = 1000  # elements of an array, in NumPy's text and in torch's
_PLAIN: Final = (str, int, float, bytes, type(None))
_SHOWN_ROWS: Final = 60  # of a Series or DataFrame, in pandas' text
_SHOWN_OF_INDEX: Final = 100
_SHOWN_OF_OTHERS: Final = 10  # of pandas' other arrays, and of Arrow's and those like them
_MOST_NESTED: Final = 3


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
    without index and column names. Raises TypeError as count_items does, and for a tensor whose
    text leaves elements out.
    """
    count_items(result)
    if isinstance(result, (list, tuple)):
        with _whole(result):
            return _encode("".join([f"{element!s}\n" for element in result]))
    return _csv(result, header=False)


def refuse_vectors(result: object) -> None:
    """Raises TypeError for an array, a Series or a tensor that is not shown whole by its text."""
    for where, value in _vectors(result):
        if _is_abbreviated(value):
            raise TypeError(
                f"{where} is a {type(value).__name__} of {_size(value)} elements, whose text "
                "leaves most of them out; --append_row_vectors error forbids that"
            )


def _csv(frame: Any, *, header: bool) -> bytes:
    with _whole(frame):
        return _encode(frame.to_csv(sep=" ", header=header, index=False, lineterminator="\n"))


def _vectors(result: Any) -> Iterator[tuple[str, Any]]:
    """What is neither a number nor a text, also within lists, mappings and data classes."""
    if _is_frame(result):
        for name, column in _columns_of_objects(result):
            for cell in column:
                if not isinstance(cell, _PLAIN):
                    yield from ((f"a value of column {name}", found) for found in _within(cell))
    else:
        for number, element in enumerate(result):
            if not isinstance(element, _PLAIN):
                where = f"element {number} of what run() returned"
                yield from ((where, found) for found in _within(element))


def _columns_of_objects(frame: Any) -> Iterator[tuple[str, Any]]:
    for place, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True)):
        if getattr(dtype, "kind", "O") == "O" and str(dtype) not in ("str", "string", "category"):
            yield str(name), frame.iloc[:, place].array


def _within(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, _PLAIN):
        return
    yield value
    parts: Iterable[Any] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = value
    elif is_dataclass(value):
        parts = vars(value).values() if hasattr(value, "__dict__") else ()
    if depth < _MOST_NESTED:
        for part in parts:
            yield from _within(part, depth + 1)


def _is_abbreviated(value: Any) -> bool:
    """Whether the text of an array, a Series, a DataFrame or a tensor leaves something out."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None:
        if isinstance(value, (pandas.Series, pandas.DataFrame)):
            return len(value) > _SHOWN_ROWS
        if isinstance(value, pandas.Index):
            return len(value) > _SHOWN_OF_INDEX
    return _is_stubborn(value) or _size(value) > _SHOWN_WHOLE


def _is_stubborn(value: Any) -> bool:
    """Whether the text leaves something out, and there is no switch that would change that."""
    pandas: Any = sys.modules.get("pandas")
    if callable(getattr(value, "numel", None)):
        return _size(value) > _SHOWN_WHOLE
    if pandas is not None and isinstance(value, (pandas.Series, pandas.DataFrame, pandas.Index)):
        return False
    is_array = pandas is not None and isinstance(value, pandas.api.extensions.ExtensionArray)
    names = ("__arrow_c_array__", "__arrow_c_stream__")
    if is_array or any(hasattr(value, name) for name in names):
        return _size(value) > _SHOWN_OF_OTHERS
    return False


def _size(value: Any) -> int:
    """The elements of an array or a tensor; 0 of anything else."""
    count = getattr(value, "numel", None)
    size = count() if callable(count) else getattr(value, "size", None)
    if not isinstance(size, int):
        size = len(value) if hasattr(value, "__len__") and hasattr(value, "dtype") else 0
        if any(hasattr(value, name) for name in ("__arrow_c_array__", "__arrow_c_stream__")):
            size = len(value)
    return size


@contextmanager
def _whole(result: Any) -> Iterator[None]:
    """Within it texts of arrays and of pandas' objects have all elements and all digits.

    Raises TypeError for what has no such switch, when elements would be left out of it.
    """
    found = [value for _, value in _vectors(result)]
    for value in found:
        if _is_stubborn(value):
            raise TypeError(
                f"run() returned a {type(value).__name__} of {_size(value)} elements, whose text "
                "leaves most of them out; return it as an array of NumPy's, or as a list"
            )
    with ExitStack() as stack:
        numpy: Any = sys.modules.get("numpy")
        if found and numpy is not None:
            most = sys.maxsize
            stack.enter_context(
                numpy.printoptions(threshold=most, linewidth=most, floatmode="unique")
            )
        pandas: Any = sys.modules.get("pandas")
        if found and pandas is not None:
            shown = ("max_rows", "max_columns", "max_colwidth", "width", "max_seq_items")
            options = [option for name in shown for option in (f"display.{name}", None)]
            stack.enter_context(pandas.option_context(*options))
        yield


def _is_frame(value: object) -> bool:
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _encode(text: str) -> bytes:
    """UTF-8; names of files that are no UTF-8 get their own bytes back."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")
