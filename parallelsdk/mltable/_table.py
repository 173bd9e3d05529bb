"""``MLTable``: a table as code sees it, with the names of Azure's package of that name.

Alone, because it is this room's public face: it builds documents and asks the others to read them.
Nothing is read before ``to_pandas_dataframe`` or ``list_files``.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from parallelsdk.exceptions import (
    DataException,
    EmptyTableError,
    ErrorTarget,
    UserErrorException,
)
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.locations import Locations
from parallelsdk.mltable._cutting import Cutter
from parallelsdk.mltable._data_type import DataType, MLTableFileEncoding, MLTableHeaders
from parallelsdk.mltable._definition import PATH_COLUMN, DeltaOptions, RowRange
from parallelsdk.mltable._document import FILE_NAME, Document, make_document, read_document
from parallelsdk.mltable._file_list import file_table
from parallelsdk.mltable._frame import restore_paths, to_frame
from parallelsdk.mltable._piece_reader import PieceReader
from parallelsdk.mltable._recipe import Recipe, understand
from parallelsdk.mltable._saving import saved_document
from parallelsdk.mltable._scan import define_table
from parallelsdk.mltable._stream_info import StreamInfo
from parallelsdk.mltable._traits import Metadata, Traits
from parallelsdk.mltable._yaml import item_of, write_yaml
from parallelsdk.storage.transfer import copy as copy_file
from parallelsdk.storage.transfer import replacing

Names = str | Iterable[str]
Path = Mapping[str, str]

_FORMAT_STEP: Final = "extract_columns_from_partition_format"


class MLTable:
    """A table, or a list of files: where its files lie and what is done to their rows.

    Every method that adds a step gives a new table; this one stays as it is. Make one with ``load``
    or a ``from_*`` function.
    """

    def __init__(self, content: Mapping[str, Any], folder: str, file: str | None = None) -> None:
        """For ``load`` and ``from_*``. ``folder`` is what relative paths are relative to."""
        self._content = copy.deepcopy(dict(content))
        self._folder = folder
        self._file = file or os.path.join(folder, FILE_NAME)
        self._recipe()  # what is wrong is told now

    @property
    def paths(self) -> list[dict[str, str]]:
        """The paths as they were given."""
        return copy.deepcopy(list(self._content["paths"]))

    @property
    def partition_keys(self) -> list[str]:
        """The keys of the partition format, in order, that of a date last."""
        found = self._recipe().partition_format
        return list(found.keys) if found else []

    @property
    def traits(self) -> Traits:
        """What columns are for: the one of times, and those that tell rows apart."""
        return Traits(self._content)

    @property
    def metadata(self) -> Metadata:
        """What else its author says of it."""
        return Metadata(self._content)

    def get_partition_count(self) -> int:
        """How many pieces it is read in; a list of files is one for each file."""
        recipe = self._recipe()
        return sum(1 for _ in (recipe.files() if recipe.reader is None else _pieces(recipe)))

    def to_pandas_dataframe(self) -> pd.DataFrame:
        """All rows. A list of files gives the column ``Path`` with the place of each.

        Raises DataException that names the file and the byte or row of what cannot be read.
        """
        recipe = self._recipe()
        if recipe.reader is None:
            return self._file_frame(recipe)
        try:
            return _read(recipe)
        except EmptyTableError:
            return pd.DataFrame()

    def list_files(self) -> list[str]:
        """The files, as absolute paths or URLs, in the order in which they are read."""
        recipe = self._recipe()
        return list(recipe.files() if recipe.reader is None else Cutter(recipe).files())

    def take(self, count: int = 20) -> MLTable:
        """The first ``count`` rows."""
        return self._with({"take": count})

    def show(self, count: int = 20) -> pd.DataFrame:
        """The first ``count`` rows as a DataFrame."""
        return self.take(count).to_pandas_dataframe()

    def skip(self, count: int) -> MLTable:
        """All but the first ``count`` rows."""
        return self._with({"skip": count})

    def take_random_sample(self, probability: float, seed: int | None = None) -> MLTable:
        """Each row with this probability; equal seeds draw the same rows of the same files."""
        return self._with({"take_random_sample": {"probability": probability, "seed": _seed(seed)}})

    def random_split(
        self, percent: float = 0.5, seed: int | None = None
    ) -> tuple[MLTable, MLTable]:
        """Two tables that share out the rows, about ``percent`` (0 to 1) of them in the first."""
        seed = _seed(seed)

        def part(low: float, width: float) -> MLTable:
            arguments = {"probability": width, "probability_lower_bound": low, "seed": seed}
            return self._with(
                {"sample": {"sampler": "random_percent", "sampler_arguments": arguments}}
            )

        return part(0.0, percent), part(percent, 1 - percent)

    def filter(self, expression: str) -> MLTable:
        """The rows for which the expression is true, such as ``'col("a") > 3 and b == "x"'``."""
        return self._with({"filter": str(expression)})

    def keep_columns(self, columns: Names) -> MLTable:
        """These columns alone, in the table's order."""
        names = _names(columns)
        lost = [name for name in self._traits() if name not in names]
        if lost:
            raise UserErrorException(f"The traits name {', '.join(lost)}, so it must be kept.")
        return self._with({"keep_columns": names})

    def drop_columns(self, columns: Names) -> MLTable:
        """All columns but these."""
        names = _names(columns)
        lost = [name for name in self._traits() if name in names]
        if lost:
            raise UserErrorException(f"The traits name {', '.join(lost)}, so it cannot be dropped.")
        return self._with({"drop_columns": names})

    def convert_column_types(
        self, column_types: Mapping[str | tuple[str, ...], DataType]
    ) -> MLTable:
        """Columns, or tuples of them, with other types; what does not fit becomes missing."""
        entries = [
            {
                "columns": list(names) if isinstance(names, tuple) else names,
                "column_type": kind.written,
            }
            for names, kind in column_types.items()
        ]
        return self._with({"convert_column_types": entries})

    def extract_columns_from_partition_format(self, partition_format: str) -> MLTable:
        """Columns from the paths of the files; they come first."""
        return self._with({_FORMAT_STEP: {"partition_format": partition_format}}, first=True)

    def select_partitions(self, partition_index_list: int | Sequence[int]) -> MLTable:
        """These pieces of the table alone, by number; see ``get_partition_count``."""
        numbers: Any = partition_index_list
        if isinstance(numbers, int):
            numbers = [numbers]
        if not isinstance(numbers, Sequence) or isinstance(numbers, str):
            raise UserErrorException(
                f"partition_index_list: must be a number or a list of them, found {numbers!r:.80}"
            )
        return self._with({"select_partitions": list(numbers)})

    def validate(self) -> None:
        """Read the first row. Raises what ``to_pandas_dataframe`` would."""
        self.take(1).to_pandas_dataframe()

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        overwrite: bool | str = True,
        colocated: bool = False,
        show_progress: bool = False,
        if_err_remove_files: bool = True,
    ) -> MLTable:
        """Write the MLTable file to the folder ``path`` (default: the current one); that table.

        Relative paths are rewritten for their new place; with ``colocated`` the files are copied
        there. Raises UserErrorException when there is one already and ``overwrite`` is False or
        "fail"; with "skip" it stays.
        """
        folder = os.path.abspath(os.curdir if path is None else os.fspath(path))
        target = os.path.join(folder, FILE_NAME)
        if os.path.exists(target):
            if overwrite in (False, "fail"):
                raise UserErrorException(f"There is {target!r} already; pass overwrite=True.")
            if overwrite == "skip":
                return load(folder)
        os.makedirs(folder, exist_ok=True)
        content, files = saved_document(self._document(), self._content, folder, colocated)
        for source, goal in files:
            copy_file(source, goal)
        with replacing(target) as partial, open(partial, "w", encoding="utf-8") as file:
            file.write(write_yaml(content))
        return load(folder)

    def __str__(self) -> str:
        return write_yaml(self._content)

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MLTable):
            return NotImplemented
        return self._content == other._content and self._folder == other._folder

    __hash__ = None  # type: ignore[assignment]

    def _document(self) -> Document:
        top = item_of(self._content, self._file)
        locate = Locations(Workspace.find()).resolve
        return make_document(self._folder, self._file, top, locate)

    def _recipe(self) -> Recipe:
        return understand(self._document())

    def _with(self, step: Mapping[str, Any], *, first: bool = False) -> MLTable:
        steps = list(self._content.get("transformations") or [])
        steps.insert(0 if first else len(steps), dict(step))
        return MLTable({**self._content, "transformations": steps}, self._folder, self._file)

    def _traits(self) -> list[str]:
        traits = self._content.get("traits") or {}
        stamp = traits.get("timestamp_column")
        return [*(traits.get("index_columns") or []), *([stamp] if stamp else [])]

    def _file_frame(self, recipe: Recipe) -> pd.DataFrame:
        files = list(recipe.files())
        if not files:
            return pd.DataFrame()
        frame = to_frame([file_table(files, recipe.format_first)])
        frame[PATH_COLUMN] = pd.Series([StreamInfo.of(file) for file in files], dtype=object)
        return frame


def load(
    uri: str | os.PathLike[str], storage_options: Any = None, ml_client: Any = None
) -> MLTable:
    """The table of the MLTable file in a folder, local or of a store.

    ``storage_options`` and ``ml_client`` are accepted for Azure's sake. Raises DataException when
    there is no such file, ValidationException with file and line when it is wrong.
    """
    folder = os.fspath(uri)
    locations = Locations(Workspace.find())
    document = read_document(locations.resolve(folder), locations.resolve)
    understand(document)  # here errors still know their lines
    return MLTable(document.content, document.folder, document.file)


def from_paths(paths: Sequence[Path]) -> MLTable:
    """A list of files; each path is a mapping such as ``{"file": "./a.csv"}``."""
    return MLTable({"paths": [dict(path) for path in paths], "type": "mltable"}, os.getcwd())


def from_delimited_files(
    paths: Sequence[Path],
    header: str | MLTableHeaders = "all_files_same_headers",
    delimiter: str = ",",
    support_multi_line: bool = False,
    empty_as_string: bool = False,
    encoding: str | MLTableFileEncoding = "utf8",
    include_path_column: bool = False,
    infer_column_types: bool | Mapping[str, Any] = True,
) -> MLTable:
    """The table in delimited text files."""
    options = {
        "header": _word(header),
        "delimiter": delimiter,
        "support_multi_line": support_multi_line,
        "empty_as_string": empty_as_string,
        "encoding": _word(encoding),
        "include_path_column": include_path_column,
        "infer_column_types": infer_column_types,
    }
    return _with_reader(paths, "read_delimited", options)


def from_parquet_files(paths: Sequence[Path], include_path_column: bool = False) -> MLTable:
    """The table in Parquet files."""
    return _with_reader(paths, "read_parquet", {"include_path_column": include_path_column})


def from_json_lines_files(
    paths: Sequence[Path],
    invalid_lines: str = "error",
    encoding: str | MLTableFileEncoding = "utf8",
    include_path_column: bool = False,
) -> MLTable:
    """The table in files with one JSON object in each line."""
    options = {
        "invalid_lines": invalid_lines,
        "encoding": _word(encoding),
        "include_path_column": include_path_column,
    }
    return _with_reader(paths, "read_json_lines", options)


def from_delta_lake(
    delta_table_uri: str,
    timestamp_as_of: str | None = None,
    version_as_of: int | None = None,
    include_path_column: bool = False,
) -> MLTable:
    """One version of a Delta table; without a version and a time the newest."""
    options: dict[str, Any] = {"include_path_column": include_path_column}
    if timestamp_as_of is not None:
        options["timestamp_as_of"] = timestamp_as_of
    if version_as_of is not None:
        options["version_as_of"] = version_as_of
    return _with_reader([{"folder": delta_table_uri}], "read_delta_lake", options)


def _with_reader(paths: Sequence[Path], name: str, options: Mapping[str, Any]) -> MLTable:
    content = {
        "paths": [dict(path) for path in paths],
        "transformations": [{name: dict(options)}],
        "type": "mltable",
    }
    return MLTable(content, os.getcwd())


def _read(recipe: Recipe) -> pd.DataFrame:
    definition = define_table(recipe)
    reader = PieceReader(definition)
    pieces: list[Any] = []
    paths: list[str] = []
    is_empty = True
    for path, start, stop in _pieces(recipe):
        is_empty = False
        table = reader.read(path, start, stop)
        if table.num_rows:
            pieces.append(table)
            paths.append(path)
        if reader.is_exhausted:
            break
    if not pieces:
        if is_empty and isinstance(definition.reader, DeltaOptions):
            return to_frame([reader.nothing()], typed_nulls=True)
        return pd.DataFrame()
    frame = to_frame(
        pieces,
        typed_nulls=definition.typed_nulls,
        pandas=definition.pandas,
        objects=definition.mixed,
    )
    if definition.reader.include_path_column and PATH_COLUMN in frame.columns:
        restore_paths(frame, paths, [piece.num_rows for piece in pieces])
    return frame


def _pieces(recipe: Recipe) -> Iterator[tuple[str, int, int]]:
    assert recipe.reader is not None
    cutter = Cutter(recipe)
    # The first rows need not wait for the rest of their file.
    counted = any(isinstance(step, RowRange) for step in recipe.steps)
    size = 1024 * 1024 if counted else getattr(recipe.reader, "partition_size", None)
    chosen = recipe.partitions
    if chosen is not None:
        size = getattr(recipe.reader, "partition_size", None)
    pieces = (piece for path in cutter.files() for piece in cutter.pieces(path, size))
    count = 0
    for number, piece in enumerate(pieces):
        count = number + 1
        if chosen is None or number in chosen:
            yield piece
    if chosen is not None and max(chosen, default=-1) >= count:
        raise DataException(
            f"select_partitions asks for {max(chosen)} in {recipe.document.file}; there are "
            f"{count}, which are counted from 0.",
            target=ErrorTarget.DATA,
        )


def _names(columns: Names) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


def _word(value: Any) -> str:
    if value is MLTableFileEncoding.utf8bom:
        return "utf8 bom"
    return value.name if isinstance(value, MLTableHeaders | MLTableFileEncoding) else value


def _seed(seed: int | None) -> int:
    return random.randrange(2**31) if seed is None else seed
