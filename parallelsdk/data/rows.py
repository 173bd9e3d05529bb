"""What ``run()`` returned: how many items it counts as, and how it stands in the output file.

Alone, because the bytes are a promise: they equal what pandas' ``to_csv`` and ``str`` give, so that
a file made on Azure and one made here can be compared. Arrays alone are different: what NumPy and
pandas show of one is for the eye, without its middle and its last digits, and here it is whole, in
one line. Does not import pandas: who returns a DataFrame has imported it already.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import is_dataclass
from itertools import chain
from typing import Any, Final, cast

_SHOWN_WHOLE: Final = 1000  # elements of an array, in NumPy's text and in torch's
_PLAIN: Final = (str, int, float, bytes, type(None))
_DTYPES_OF_TEXT: Final = ("str", "string", "category")
_SHOWN_ROWS: Final = 60  # of a Series or DataFrame, in pandas' text
_SHOWN_OF_INDEX: Final = 100
_SHOWN_OF_OTHERS: Final = 10  # of pandas' other arrays, and of Arrow's and those like them
_MOST_NESTED: Final = 4  # levels of lists and mappings that are looked into
_CONTAINERS: Final = (dict, list, tuple, set, frozenset)


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
    for value in _objects(result):
        if _is_shortened(value):
            raise TypeError(
                f"run() returned a {type(value).__name__} of {len(value)} elements, whose text "
                "leaves most of them out; --append_row_vectors error forbids that"
            )


def _csv(frame: Any, *, header: bool) -> bytes:
    with _whole(frame):
        return _encode(frame.to_csv(sep=" ", header=header, index=False, lineterminator="\n"))


def _objects(result: Any) -> list[Any]:
    """What is neither a number nor a text, nor a list or mapping of them; also within those."""
    numpy: Any = sys.modules.get("numpy")
    scalars = _PLAIN if numpy is None else (*_PLAIN, numpy.generic)
    level: Iterable[Any] = result
    if _is_frame(result):
        level = chain.from_iterable(
            result.iloc[:, place].to_numpy()
            for place, dtype in enumerate(result.dtypes)
            if getattr(dtype, "kind", "O") == "O" and str(dtype) not in _DTYPES_OF_TEXT
        )
    found: list[Any] = []
    for _ in range(_MOST_NESTED):  # one level after another: a call for each value costs too much
        others = [value for value in level if not isinstance(value, scalars)]
        found += [value for value in others if not isinstance(value, _CONTAINERS)]
        level = chain.from_iterable(map(_parts, others))
    return found


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, _CONTAINERS):
        return cast(Iterable[Any], value)
    return vars(value).values() if is_dataclass(value) and hasattr(value, "__dict__") else ()


def _is_shortened(value: Any) -> bool:
    """Whether its text leaves out elements, unless a switch says otherwise."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None:
        if isinstance(value, (pandas.Series, pandas.DataFrame)):
            return len(value) > _SHOWN_ROWS
        if isinstance(value, pandas.Index):
            return len(value) > _SHOWN_OF_INDEX
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return _is_stubborn(value) or (is_array and math.prod(value.shape) > _SHOWN_WHOLE)


def _is_stubborn(value: Any) -> bool:
    """Whether its text leaves out elements, and no switch would change that."""
    if callable(getattr(value, "numel", None)):  # as torch's tensors have it
        return bool(value.numel() > _SHOWN_WHOLE)
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None:
        if isinstance(value, (pandas.Series, pandas.DataFrame, pandas.Index)):
            return False
        if isinstance(value, pandas.api.extensions.ExtensionArray):
            return len(value) > _SHOWN_OF_OTHERS
    is_arrow = any(hasattr(value, f"__arrow_c_{kind}__") for kind in ("array", "stream"))
    return is_arrow and hasattr(value, "__len__") and len(value) > _SHOWN_OF_OTHERS


@contextmanager
def _whole(result: Any) -> Iterator[None]:
    """Within it texts of arrays and of pandas' objects have all elements and all digits.

    Raises TypeError for what has no such switch, when elements would be left out of it.
    """
    found = _objects(result)
    stubborn = next(filter(_is_stubborn, found), None)
    if stubborn is not None:
        raise TypeError(
            f"run() returned a {type(stubborn).__name__} of {len(stubborn)} elements, whose text "
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
