"""Loads a table's mini-batch: its pieces become one fresh DataFrame.

Alone, because this is what brings pandas into a worker; file lists never come here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd

from parallelsdk.data.block import Source
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._definition import PATH_COLUMN, SpoolOptions, TableDefinition
from parallelsdk.mltable._frame import restore_paths, to_frame
from parallelsdk.mltable._piece_reader import PieceReader
from parallelsdk.storage.opening import open_regular
from parallelsdk.storage.remote import without_secrets


class TableLoader:
    """Loads mini-batches of the table whose definition is the JSON text ``definition``."""

    def __init__(self, definition: str) -> None:
        self._definition = TableDefinition.from_json(definition)
        self._reader = PieceReader(self._definition)

    def load(self, sources: Sequence[Source]) -> pd.DataFrame:
        """The rows of the pieces, one after another. Raises DataException naming file and byte."""
        paths = [os.fsdecode(path) for path, _, _ in sources]
        pieces = [
            self._reader.read(path, start, stop)
            for path, (_, start, stop) in zip(paths, sources, strict=True)
        ]
        definition = self._definition
        frame = to_frame(
            pieces,
            definition.dtype_backend,
            typed_nulls=definition.typed_nulls,
            pandas=definition.pandas,
            objects=definition.mixed,
        )
        if self._definition.reader.include_path_column and PATH_COLUMN in frame.columns:
            restore_paths(frame, paths, [piece.num_rows for piece in pieces])
        return frame

    def explain(self, name: bytes) -> DataException:
        """Why the rows of a file cannot be read that could not be when the table was cut."""
        path = os.fsdecode(name)
        try:
            os.close(open_regular(path))
            if not isinstance(self._definition.reader, SpoolOptions):
                self._reader.read(path, 0, 0)
        except DataException as error:
            return error
        return DataException(
            f"{without_secrets(path)!r} could not be read when its table was split, so nobody "
            "knows its rows. Submit the job anew.",
            target=ErrorTarget.DATA,
        )
