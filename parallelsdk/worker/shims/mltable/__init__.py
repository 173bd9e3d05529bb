"""Stand-in for Azure's package ``mltable`` where that is not installed: this project's own."""

from parallelsdk.mltable import (
    DataType,
    MLTable,
    MLTableFileEncoding,
    MLTableHeaders,
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
