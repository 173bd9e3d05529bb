"""The MLTable file: what a table consists of and how its files are read.

The names are those of Azure's package ``mltable``; where that is not installed, entry scripts may
import this one by that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

if TYPE_CHECKING:
    from parallelsdk.mltable._data_type import DataType, MLTableFileEncoding, MLTableHeaders
    from parallelsdk.mltable._table import (
        MLTable,
        from_delimited_files,
        from_delta_lake,
        from_json_lines_files,
        from_parquet_files,
        from_paths,
        load,
    )

__all__ = [
    "DataType",
    "MLTable",
    "MLTableFileEncoding",
    "MLTableHeaders",
    "from_delimited_files",
    "from_delta_lake",
    "from_json_lines_files",
    "from_parquet_files",
    "from_paths",
    "load",
]

_TABLE = "parallelsdk.mltable._table"
_TYPES = "parallelsdk.mltable._data_type"
_IN_TYPES = ("DataType", "MLTableFileEncoding", "MLTableHeaders")

__getattr__, __dir__ = lazy_exports(
    __name__, {name: _TYPES if name in _IN_TYPES else _TABLE for name in __all__}
)
