"""What a job does about input files that are no longer as they were when it began.

The plan of the major input keeps the state of each file. What was committed from a file that has
changed since does not fit what is read from it now: a job must not end with both, unless somebody
says so. What was not committed yet is simply read as it is now when the job is resumed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from parallelsdk.data.input_state import Original, is_same
from parallelsdk.data.mini_batch import MiniBatchTable, restate
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.runtime.old_plan import changed_since
from parallelsdk.runtime.results import withdraw
from parallelsdk.runtime.resuming import committed
from parallelsdk.storage.filesystem import remote_files
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.state import UNKNOWN, FileState, told_change
from parallelsdk.storage.uri import is_local

_Differs = Callable[[bytes, FileState], bool]


class StoredFiles:
    """The files of a major input that lies in a store, as one listing told; else none."""

    def __init__(self, source: str) -> None:
        """Raises DataException when the store does not answer."""
        self._source = source
        found = [] if is_local(source) else remote_files(source)
        self._states = {file.url.removeprefix(source): file.state for file in found}

    def __call__(self, path: bytes) -> FileState:
        """What the store said of the file; UNKNOWN when it lists no such file."""
        return self._states.get(os.fsdecode(path).removeprefix(self._source), UNKNOWN)

    def refuse_other(self) -> None:
        """Raises DataException when the store does not say the same now."""
        now = StoredFiles(self._source)._states
        if now != self._states:
            names = now.keys() | self._states.keys()
            name = min(n for n in names if now.get(n) != self._states.get(n))
            raise _problem(
                f"{without_secrets(self._source + name)!r} changed while the input was fetched. "
                "Start the job when nobody writes to it."
            )


def settle_changes(folder: StepFolder, original: Original, *, accept_changes: bool) -> list[int]:
    """The mini-batches that run on other input than when the step began; none is committed then.

    Raises DataException for results of changed files when ``accept_changes`` does not give them up,
    and for a table: where its rows were cut no longer fits.
    """
    with MiniBatchTable(str(folder.mini_batches), whole=True) as table:
        renewed = table.is_moved or not table.has_states
        changed = _changed(table, original, folder)
        if changed and table.kind == "table":
            raise _problem(f"{_first(table, changed, original)} {_CUT}")
        outdated = committed(folder, changed, table.count)
        if outdated and not accept_changes:
            raise _problem(
                f"{_made_of_others(len(outdated))}. {_first(table, outdated, original)} Resume "
                "with --accept-changes to make them again, or submit the job anew."
            )
    withdraw(folder.segments, frozenset(outdated), unfinished=folder.unfinished / "segment")
    if changed or renewed:
        restate(str(folder.mini_batches), original)
    return changed


def refuse_changes(folder: StepFolder, original: Original, *, copied_late: bool = False) -> None:
    """Raises DataException when a file has changed of which results are committed.

    They are of what it was; what failed because of the change is told already. Of private copies
    nobody asks what has become of their originals; files of a list that are ``copied_late``, for
    their mini-batch, were compared then.
    """
    with MiniBatchTable(str(folder.mini_batches)) as table:
        if copied_late and table.kind == "files":
            return
        changed = _changed(table, original, folder, copies=False)
        outdated = committed(folder, changed, table.count) if changed else []
        if not outdated:
            return
        remedy = _CUT
        if table.kind == "files":
            remedy = "Resume with --accept-changes to make them again, or submit the job anew."
        raise _problem(
            f"{_made_of_others(len(outdated))}, so no output is written. "
            f"{_first(table, outdated, original)} {remedy}"
        )


def _changed(
    table: MiniBatchTable, original: Original, folder: StepFolder, *, copies: bool = True
) -> list[int]:
    """The mini-batches with a file that is not in the state that the plan has kept.

    Without ``copies`` those that are copies do not matter.
    """
    if not table.has_states:
        return changed_since(table, original, folder)
    if is_local(original.source) and not original.copies and not table.is_moved:
        # The parts of a file of a table follow one another; files of a list come once.
        same = lru_cache(maxsize=64)(is_same) if table.kind == "table" else is_same
        return [number for number in range(table.count) if table.differs(number, same)]
    differs = _comparison(table, original)

    def matters(path: bytes, before: FileState) -> bool:
        return (copies or original.place(path) == path) and differs(path, before)

    return [
        number
        for number in range(table.count)
        if any(map(matters, table.paths(number), table.states(number)))
    ]


def _comparison(table: MiniBatchTable, original: Original) -> _Differs:
    is_table = table.kind == "table"
    moved = table.moved_into  # files that were copied have other inodes, perhaps other times

    @lru_cache(maxsize=64)  # the parts of a file follow one another
    def differs(path: bytes, before: FileState) -> bool:
        if before == UNKNOWN or (is_table and not before.is_known):
            return False  # rows that nobody could read are not read later either
        now = original(path)
        if original.place(path).startswith(moved):
            return now.size != before.size
        return now != before

    return differs


def _made_of_others(count: int) -> str:
    if count == 1:
        return "1 mini-batch that is done was made from files that have changed since"
    return f"{count} mini-batches that are done were made from files that have changed since"


def _first(table: MiniBatchTable, numbers: list[int], original: Original) -> str:
    """What has changed of the first of these mini-batches, as a sentence."""
    differs = _comparison(table, original)
    for path, before in zip(table.paths(numbers[0]), table.states(numbers[0]), strict=True):
        if table.has_states and differs(path, before):
            return told_change(os.fsdecode(original.place(path)), before, original(path))
    return f"{table.names(numbers[0])[0]} has changed since the job began."


_CUT = "Where the rows of the table were cut no longer fits. Submit the job anew."


def _problem(text: str) -> DataException:
    return DataException(text, target=ErrorTarget.DATA)
