"""The cutting room: how a step's major input becomes mini-batches. No data moves.

Alone, because the cut depends on the input and the size and on nothing else: the same input gives
the same mini-batches for any number of workers, backend or moment. Mini-batches are written as they
are found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from parallelsdk.constants import MINI_BATCH_BYTES, MINI_BATCH_FILES, AssetTypes, InputOutputModes
from parallelsdk.data.grouping import group_files, no_such_key, path_keys
from parallelsdk.data.input_state import Original
from parallelsdk.data.mini_batch_writer import Kind, MiniBatchWriter
from parallelsdk.exceptions import DataException, ErrorTarget, MlException
from parallelsdk.jobstore.layout import Workspace
from parallelsdk.jobstore.locations import Locations
from parallelsdk.mltable._definition import DtypeBackend
from parallelsdk.mltable._recipe import Recipe, read_recipe
from parallelsdk.storage.filesystem import list_files, local_names
from parallelsdk.storage.listing import iter_files
from parallelsdk.storage.reader import remote_size
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.state import UNKNOWN, FileState
from parallelsdk.storage.uri import is_local, local_path

if TYPE_CHECKING:
    from parallelsdk.data.table_plan import TablePlan

_T = TypeVar("_T")
_File = tuple[bytes, FileState]


@dataclass(frozen=True, slots=True)
class Split:
    """How the author wants an input to be split. 0 and None stand for what is not said.

    ``size`` is a number of files, or of bytes for a table. ``keys`` come before ``rows`` and
    ``bytes``, and these before ``size``: a mini-batch of a table has so many rows, one of files so
    many bytes at most, unless a single file has more.
    """

    size: int = 0
    keys: tuple[str, ...] = ()
    rows: int = 0
    bytes: int = 0
    dtype_backend: DtypeBackend = "numpy"
    size_has_unit: bool = False  # then ``size`` is in bytes for files as well


@dataclass(frozen=True, slots=True)
class MajorInput:
    """The input that is split: a local path or a URL, its type and mode, and whose data they are.

    ``workspace`` says what the ``azureml:`` URIs of an MLTable file mean; ``original`` what is kept
    of the state of each file. ``check`` is called when all of it is split, and raises DataException
    when that must not count.
    """

    path: str
    type: str
    mode: str | None = None
    workspace: str | None = None
    original: Original = field(default_factory=Original)
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class PartitionSummary:
    """What came of the cut. ``items`` is -1 where nobody has counted: rows, until they are read."""

    kind: Kind
    count: int
    items: int


def plan_mini_batches(major: MajorInput, split: Split, into: str) -> PartitionSummary:
    """Split the major input and write its mini-batches to the file ``into``.

    With keys there is one mini-batch for each combination of their values. Raises DataException, or
    ValidationException with the line of an MLTable file; then nothing is written.
    """
    if major.type != AssetTypes.MLTABLE:
        if split.keys:
            raise _problem(_KEYS_NEED_MLTABLE)
        _check_split(split, is_table=False)
        return _plan_files(_plain_files(major), split, major, into)
    recipe = _checked(_recipe(major), major.mode, split)
    if recipe.reader is not None:
        return _plan_table(recipe, split, major, into)
    if split.keys:
        return _plan_groups(recipe, split.keys, major, into)
    return _plan_files(recipe.files(), split, major, into)


def check_major_input(major: MajorInput, split: Split) -> str | None:
    """What is wrong with the major input, or None, found without reading data or writing."""
    try:
        if major.type == AssetTypes.MLTABLE:
            recipe = _checked(_recipe(major), major.mode, split)
            files = recipe.files()
        elif split.keys:
            return _KEYS_NEED_MLTABLE
        else:
            _check_split(split, is_table=False)
            files = _plain_files(major)
        if next(iter(files), None) is None:
            return _empty(major.path)
        if major.type == AssetTypes.MLTABLE:
            _look_into(recipe, split)
    except MlException as error:
        return str(error)
    return None


def spool_folder(into: str) -> str:
    """Where rows lie that had to be read to be cut, beside the mini-batches at ``into``."""
    return f"{os.path.splitext(into)[0]}_rows"


def _recipe(major: MajorInput) -> Recipe:
    locate = None
    if major.workspace is not None:
        locate = Locations(Workspace(Path(major.workspace))).resolve
    return read_recipe(major.path, locate)


def _writer(major: MajorInput, into: str, kind: Kind, table: str = "") -> MiniBatchWriter:
    root, copies = major.workspace or "", major.original.copies
    return MiniBatchWriter(into, kind=kind, table=table, root=root, copies=copies)


def _plan_files(
    files: Iterable[str], split: Split, major: MajorInput, into: str
) -> PartitionSummary:
    found = _with_states(files, major.original)
    most = split.bytes or (split.size if split.size_has_unit else 0)
    count = split.size or MINI_BATCH_FILES
    groups = _in_bytes(found, most) if most else _in_groups(found, count)
    with _writer(major, into, "files") as writer:
        for group in groups:
            sources = [(path, 0, -1) for path, _ in group]
            writer.add(sources, len(group), states=[state for _, state in group])
        if writer.count == 0:
            raise _problem(_empty(major.path))
        major.check()
    return PartitionSummary("files", writer.count, writer.items)


def _plan_groups(
    recipe: Recipe, keys: tuple[str, ...], major: MajorInput, into: str
) -> PartitionSummary:
    with _writer(major, into, "files") as writer:
        for values, names in group_files(recipe, keys):
            states = list(map(major.original, names))
            writer.add([(name, 0, -1) for name in names], len(names), values, states)
        if writer.count == 0:
            raise _problem(_empty(recipe.document.folder))
        major.check()
    return PartitionSummary("files", writer.count, writer.items)


def _plan_table(recipe: Recipe, split: Split, major: MajorInput, into: str) -> PartitionSummary:
    plan = _table_plan(recipe, split, spool_folder(into), major.original)
    with _writer(major, into, "table", plan.definition.to_json()) as writer:
        for cut in plan.cuts():
            writer.add(cut.sources, cut.rows, cut.partition, cut.states)
        if writer.count == 0:
            raise _problem(_no_rows(recipe))
        major.check()
    return PartitionSummary("table", writer.count, writer.items)


def _table_plan(recipe: Recipe, split: Split, spool: str, original: Original) -> TablePlan:
    # Not imported above: a list of files needs neither numpy nor all of Arrow.
    from parallelsdk.data.table_plan import TablePlan

    return TablePlan(
        recipe,
        size=split.size or MINI_BATCH_BYTES,
        rows=split.rows,
        keys=split.keys,
        dtype_backend=split.dtype_backend,
        spool=spool,
        original=original,
    )


def _look_into(recipe: Recipe, split: Split) -> None:
    """Raises DataException when a table has no rows at all, as far as a look can tell."""
    if recipe.reader is None:
        return
    plan = _table_plan(recipe, replace(split, keys=(), rows=0), "", Original())
    if plan.is_cut_unread and next(plan.cuts(), None) is None:
        raise _problem(_no_rows(recipe))


def _checked(recipe: Recipe, mode: str | None, split: Split) -> Recipe:
    """The recipe, when it can be used in this mode and split this way."""
    document = recipe.document
    if recipe.reader is None and mode == InputOutputModes.DIRECT:
        raise _problem(
            f"{document.file} has no read_* transformation, so it is a list of files, but mode "
            "direct uses it as a table. Add read_delimited, or choose ro_mount or download."
        )
    _check_split(split, is_table=recipe.reader is not None)
    missing = [key for key in split.keys if key not in path_keys(recipe)]
    if missing and recipe.reader is None:
        raise no_such_key(recipe, missing, path_keys(recipe))
    if missing:
        from parallelsdk.data.table_plan import check_keys

        check_keys(recipe, split.keys)
    return recipe


def _check_split(split: Split, *, is_table: bool) -> None:
    if split.rows and not is_table:
        raise _problem(
            "mini_batch_rows counts rows of a table; the major input is a list of files."
        )
    if split.bytes and is_table:
        raise _problem(
            "mini_batch_bytes adds up files of a list; the major input is a table, whose "
            "mini_batch_size is in bytes already."
        )


def _plain_files(major: MajorInput) -> Iterator[str]:
    path, type = major.path, major.type
    if not is_local(path):
        files = list_files(path)
        if major.mode == InputOutputModes.DIRECT:
            return iter(files)
        return (url for url, _ in local_names(path, files))  # so will they be shown
    path = os.path.abspath(local_path(path))
    if not os.path.exists(path):
        raise _problem(f"There is nothing at {path!r}.")
    if type == AssetTypes.URI_FILE and os.path.isdir(path):
        raise _problem(f"{path!r} is a folder; give the input the type uri_folder.")
    return iter_files(path) if os.path.isdir(path) else iter((path,))


def _with_states(files: Iterable[str], original: Original) -> Iterator[_File]:
    state_of = original.lookup()
    encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    for name in files:
        path = name.encode(encoding, errors)  # os.fsencode, three times as fast
        yield path, state_of(path)


def _in_bytes(files: Iterable[_File], most: int) -> Iterator[list[_File]]:
    """Files in order, as many at a time as ``most`` bytes hold; a larger one stands alone."""
    group: list[_File] = []
    total = 0
    for path, state in files:
        size = remote_size(os.fsdecode(path)) if state == UNKNOWN else max(0, state.size)
        if group and total + size > most:
            yield group
            group, total = [], 0
        group.append((path, state))
        total += size
    if group:
        yield group


def _in_groups(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group


def _empty(path: str) -> str:
    return f"The input {without_secrets(path)!r} holds no files, so there is nothing to run on."


def _no_rows(recipe: Recipe) -> str:
    return f"The table in {recipe.document.folder!r} holds no rows, so there is nothing to run on."


def _problem(text: str) -> DataException:
    return DataException(text, target=ErrorTarget.DATA)


_KEYS_NEED_MLTABLE = (
    "partition_keys needs an input of type mltable whose MLTable file says "
    "extract_columns_from_partition_format."
)
