"""Decides what a table is: the names of its columns and their types, from its first rows.

Alone, because it runs once, in planning; nothing that is read later can change the decision. Files
that cannot be read decide nothing, unless there are no others: whoever reads them hears of it.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any, Final, TypeVar

from parallelsdk.exceptions import DataException, EmptyTableError, ErrorTarget, UnreadableFileError
from parallelsdk.mltable._definition import (
    PATH_COLUMN,
    Column,
    DelimitedOptions,
    DeltaOptions,
    DtypeBackend,
    Filter,
    JsonLinesOptions,
    KeyColumns,
    ParquetOptions,
    Selection,
    TableDefinition,
)
from parallelsdk.mltable._delta import delta_schema
from parallelsdk.mltable._encoding import decode, decode_whole
from parallelsdk.mltable._expression import columns_of, parse_filter
from parallelsdk.mltable._head import HEAD_BLOCK, data_start, is_reordered, read_head, read_start
from parallelsdk.mltable._inference import infer_column
from parallelsdk.mltable._json_lines import first_rows, infer_schema
from parallelsdk.mltable._parquet import file_shape, unify
from parallelsdk.mltable._partition_format import PartitionFormat
from parallelsdk.mltable._piece_reader import read_schema, write_schema
from parallelsdk.mltable._recipe import Recipe
from parallelsdk.mltable._text import Cells, iter_records

_T = TypeVar("_T")

_SAMPLE_ROWS: Final = 200
_MOST_SAMPLED_FILES: Final = (
    100  # of JSON lines; columns of later ones are found when they are read
)


def define_table(recipe: Recipe, dtype_backend: DtypeBackend = "numpy") -> TableDefinition:
    """The definition of the recipe's table. Raises DataException when it has no column."""
    options = recipe.reader
    assert options is not None
    if isinstance(options, DelimitedOptions):
        made = _define_delimited(recipe, options)
        names = [column.name for column in made.cells]
    elif isinstance(options, DeltaOptions):
        schema, values = delta_schema(recipe, options)
        made = TableDefinition(
            options, schema=write_schema(schema), file_values=json.dumps(values) if values else ""
        )
        names = schema.names
    else:
        schema, mixed, pandas = _schema_of_files(recipe, options)
        is_touched = recipe.steps or options.include_path_column or recipe.format_first or mixed
        made = TableDefinition(
            options,
            schema=write_schema(schema),
            mixed=mixed,
            pandas="" if is_touched else pandas,
        )
        names = schema.names
    if not isinstance(options, DelimitedOptions):
        made = dataclasses.replace(made, keys=_key_columns(recipe, _keys_of_files(recipe)))
    return dataclasses.replace(
        made,
        partition_format=recipe.format_first.text if recipe.format_first else None,
        steps=tuple(recipe.steps),
        needed=_needed(recipe, names),
        dtype_backend=dtype_backend,
    )


def _define_delimited(recipe: Recipe, options: DelimitedOptions) -> TableDefinition:
    names = _names(recipe, options)
    sample, keys = _sample(recipe, options, names)
    return TableDefinition(
        options,
        header_width=len(names),
        cells=_cells(recipe, options, list(names), sample),
        keys=_key_columns(recipe, keys, infers=options.infer),
    )


def _schema_of_files(
    recipe: Recipe, options: ParquetOptions | JsonLinesOptions
) -> tuple[Any, tuple[str, ...], str]:
    """The columns of all Parquet files, or those that the first rows of JSON lines have.

    With them what pandas says of the first file, if it wrote that.
    """
    if isinstance(options, ParquetOptions):
        found = _readable(recipe.files(), lambda path: (path, file_shape(path)))
        shapes = dict(found)
        told = [shape.pandas for shape in shapes.values() if shape.schema.names]
        pandas = "" if _disagree([text for text in told if text]) else next(iter(told), "")
        return *unify(shapes), pandas
    files = islice(recipe.files(), _MOST_SAMPLED_FILES)
    samples = _readable(files, lambda path: first_rows(path, options, HEAD_BLOCK))
    rows = [row for rows in samples for row in rows]
    schema = infer_schema(rows)
    if rows and not schema.names:
        raise DataException(
            f"The objects in the files of {recipe.document.file} have no members.",
            target=ErrorTarget.DATA,
        )
    return schema, (), ""


def _disagree(told: list[str]) -> bool:
    """Whether pandas says of one column that it has several dtypes, or not what pandas says."""
    dtypes: dict[object, object] = {}
    try:
        for text in dict.fromkeys(told):
            for column in json.loads(text)["columns"]:
                dtype = column["pandas_type"], column["numpy_type"]
                if dtypes.setdefault(column["field_name"], dtype) != dtype:
                    return True
    except (ValueError, KeyError, TypeError):
        return True
    return False


def _readable(files: Iterable[str], look: Callable[[str], _T]) -> Iterator[_T]:
    """What ``look`` finds in the files that can be read. Raises its error when none can."""
    first_error: UnreadableFileError | None = None
    found = False
    for path in files:
        try:
            seen = look(path)
        except UnreadableFileError as error:
            first_error = first_error or error
            continue
        found = True
        yield seen
    if first_error is not None and not found:
        raise first_error


def _keys_of_files(recipe: Recipe) -> list[dict[str, str] | None]:
    """What the partition format says of the paths of the first files."""
    found = recipe.format_first
    if found is None:
        return []
    return [found.values(path) for path in islice(recipe.files(), _SAMPLE_ROWS)]


def schema_names(definition: TableDefinition) -> list[str]:
    """The columns of the files of a table."""
    if isinstance(definition.reader, DelimitedOptions):
        return [column.name for column in definition.cells]
    return list(read_schema(definition.schema).names)


def first_file(recipe: Recipe, options: DelimitedOptions) -> str | None:
    """The first file that holds a record, None when none does."""
    files = recipe.files()
    heads = _readable(files, lambda path: (path, read_head(path, options).names))
    return next((path for path, names in heads if names is not None), None)


def _names(recipe: Recipe, options: DelimitedOptions) -> list[str]:
    """The header's names: of the first file that has one, or the union over all of them."""
    names: dict[str, None] = {}
    if options.header == "all_files_different_headers":
        for found in _readable(recipe.files(), lambda path: read_head(path, options).names):
            names.update(dict.fromkeys(found or ()))
    else:
        first = first_file(recipe, options)
        names.update(dict.fromkeys((first and read_head(first, options).names) or ()))
    if not names:
        raise EmptyTableError(
            f"The files of {recipe.document.file} hold no record, not even a header.",
            target=ErrorTarget.DATA,
        )
    return list(names)


def _sample(
    recipe: Recipe, options: DelimitedOptions, names: list[str]
) -> tuple[list[Cells], list[dict[str, str] | None]]:
    """The first rows over the files in order, and what the partition format says of their paths."""
    rows: list[Cells] = []
    keys: list[dict[str, str] | None] = []
    first = first_file(recipe, options)
    for path in recipe.files():
        most = options.sample_size - len(rows)
        try:
            found = _first_rows(path, options, names, most, path == first)
        except DataException:
            continue  # told to whoever reads it; the others are none the worse
        rows += found
        if recipe.format_first is not None:
            keys += [recipe.format_first.values(path)] * len(found)
        if len(rows) >= options.sample_size:
            break
    return rows, keys


def _first_rows(
    path: str, options: DelimitedOptions, names: list[str], most: int, is_first: bool
) -> list[Cells]:
    start = data_start(path, options, is_first=is_first)
    order: list[int] | None = None
    if options.header == "all_files_different_headers":
        order = [names.index(name) for name in read_head(path, options).names or ()]
    elif options.header == "all_files_same_headers" and not is_first:
        own = read_head(path, options).names or ()
        order = [names.index(name) for name in own] if is_reordered(own, names) else None
    size = HEAD_BLOCK
    while True:
        data = read_start(path, start + size + 1)
        is_whole = len(data) <= start + size
        records = list(islice(_records(data, start, path, options, is_whole), most))
        if is_whole or len(records) >= most:
            break
        size *= 4
    return records if order is None else [_reordered(row, order, len(names)) for row in records]


def _records(
    data: bytes, start: int, path: str, options: DelimitedOptions, is_whole: bool
) -> Iterator[Cells]:
    how = decode if is_whole else decode_whole
    text = how(data[start:], options.encoding, path=path, offset=start, head=data[:4])
    if not is_whole:
        text = text[: text.rfind("\n") + 1]
    records = iter_records(text, options.delimiter, multi_line=options.support_multi_line)
    if not is_whole and options.support_multi_line:
        complete = list(records)
        return iter(complete[:-1])  # the last one may go on beyond the block
    return records


def _reordered(row: Cells, order: list[int], width: int) -> Cells:
    result: Cells = [None] * width
    for place, cell in zip(order, row, strict=False):
        result[place] = cell
    return result


def _cells(
    recipe: Recipe, options: DelimitedOptions, names: list[str], sample: list[Cells]
) -> tuple[Column, ...]:
    width = max([len(names), *map(len, sample)])
    for number in range(len(names) + 1, width + 1):
        name = f"Column{number}"
        if name in names:
            raise DataException(
                f"A row is longer than the header, and there is a column {name} already, in the "
                f"table of {recipe.document.file}.",
                target=ErrorTarget.DATA,
            )
        names.append(name)
    given = {found.name: found.type for found in options.overrides}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise DataException(
            f"column_type_overrides in {recipe.document.file} names {', '.join(unknown)}; the "
            f"table has {', '.join(names)}.",
            target=ErrorTarget.DATA,
        )
    columns = zip_longest(*sample) if sample else iter(())
    cells = dict(zip(names, columns, strict=False))
    return tuple(
        Column(name, given[name].kind, given=given[name])
        if name in given
        else _column(name, cells.get(name, ()), options)
        for name in names
    )


def _column(name: str, cells: Sequence[str | None], options: DelimitedOptions) -> Column:
    if not options.infer:
        return Column(name, "string")
    if options.empty_as_string:
        cells = ["" if cell is None else cell for cell in cells]
    return infer_column(name, cells)


def _key_columns(
    recipe: Recipe, keys: list[dict[str, str] | None], *, infers: bool = True
) -> tuple[Column, ...]:
    """The keys that come before the columns of the files, typed like cells."""
    found = recipe.format_first
    if found is None:
        return ()
    columns = []
    for key in found.keys:
        values = [None if row is None else row[key] for row in keys]
        if key == found.date_key:
            columns.append(Column(key, "datetime"))
        else:
            columns.append(infer_column(key, values) if infers else Column(key, "string"))
    return tuple(columns)


def output_columns(recipe: Recipe, cells: list[str]) -> list[str]:
    """The columns of the DataFrame: the path, keys, cells; then what the steps make of them.

    Raises DataException when a name comes twice, or none is left.
    """
    columns = list(_first_columns(recipe, cells))
    for step in recipe.steps:
        if isinstance(step, KeyColumns):
            columns += PartitionFormat.parse(step.text).keys
            _refuse_doubled(recipe, columns)
        elif isinstance(step, Selection):
            columns = step.applied(columns)
    if not columns:
        raise DataException(
            f"The steps in {recipe.document.file} leave no column.", target=ErrorTarget.DATA
        )
    return columns


def _first_columns(recipe: Recipe, cells: list[str]) -> Iterator[str]:
    """The columns before any step."""
    assert recipe.reader is not None
    path = [PATH_COLUMN] if recipe.reader.include_path_column else []
    keys = recipe.format_first.keys if recipe.format_first else ()
    columns = [*path, *keys, *cells]
    _refuse_doubled(recipe, columns)
    yield from columns


def _needed(recipe: Recipe, cells: list[str]) -> tuple[str, ...]:
    """The columns before any step that the output or a filter has a use for."""
    wanted = set(output_columns(recipe, cells)) if cells or recipe.format_first else set()
    for step in recipe.steps:
        if isinstance(step, Filter):
            wanted.update(columns_of(parse_filter(step.text)))
    return tuple(name for name in _first_columns(recipe, cells) if name in wanted)


def _refuse_doubled(recipe: Recipe, columns: list[str]) -> None:
    doubled = sorted(name for name, count in Counter(columns).items() if count > 1)
    if doubled:
        raise DataException(
            f"The column {', '.join(doubled)} comes twice in the table of {recipe.document.file}: "
            "from the files, and from their paths.",
            target=ErrorTarget.DATA,
        )
