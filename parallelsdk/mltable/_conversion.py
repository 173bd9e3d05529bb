"""From cells as text to typed Arrow arrays, and from those to pandas with the reference's dtypes.

Alone, because a value that does not fit its column is missing here and never an error, and because
pandas' dtypes depend on the rows at hand while the column's type does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from parallelsdk.mltable._definition import Column, ColumnType
from parallelsdk.mltable._values import converter

ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "datetime": pa.timestamp("ns"),
}


def convert_texts(texts: Any, column: Column) -> Any:
    """The Arrow array of ``column`` that an Arrow array of strings stands for.

    Each distinct text is converted once; those that misfit, and nulls, are null.
    """
    if column.type == "string":
        return texts
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    encoded: Any = texts.dictionary_encode()
    convert = converter(column)
    values = [convert(text) for text in encoded.dictionary.to_pylist()]
    if column.type == "datetime":
        converted: Any = pa.array(values, pa.int64()).cast(pa.timestamp("ns"))
    else:
        converted = pa.array(values, ARROW_TYPES[column.type])
    return converted.take(encoded.indices)


def to_frame(table: Any) -> pd.DataFrame:
    """A fresh DataFrame with a RangeIndex, typed as the reference does.

    Whole numbers with missing ones are float64, booleans with missing ones objects, a column of
    nothing but missing values is objects, whatever its type.
    """
    frame: pd.DataFrame = table.to_pandas(use_threads=False)
    for place, name in enumerate(table.column_names):
        if table.num_rows and table.column(place).null_count == table.num_rows:
            frame[name] = pd.Series([None] * table.num_rows, dtype=object)
    return frame


def text_values(values: Sequence[str]) -> pd.Series[Any]:
    """A column of texts; paths that are no valid UTF-8 make it one of objects."""
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError:
        return pd.Series(values, dtype=object)
