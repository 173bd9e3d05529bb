"""What a job that goes on does about input files that are no longer as they were.

The plan of the major input holds names and places, and its time says as of when they hold; what a
store said of its files' versions is kept beside it. What was committed from a file that has changed
since does not fit what is read from it now: a job must not end with both, unless somebody says so.
What was not committed yet is simply read as it is now.
"""

from __future__ import annotations

import csv
import os
import time
from functools import lru_cache

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.runtime.results import withdraw
from parallelsdk.runtime.resuming import committed
from parallelsdk.storage.filesystem import remote_files
from parallelsdk.storage.transfer import replacing
from parallelsdk.storage.uri import is_local

_Versions = dict[str, tuple[str, str]]  # name below the source -> size, version


def note_versions(folder: StepFolder, source: str) -> None:
    """Keep what a store says of the files of a major input that is about to be split."""
    if not is_local(source):
        _write(folder, _ask(source))


def settle_changes(
    folder: StepFolder, *, delivered: str, source: str, accept_changes: bool
) -> list[int]:
    """The mini-batches that run on other input than when the step began; none is committed then.

    ``delivered`` is where the step finds its major input, ``source`` the path or URL where that
    came from. Raises DataException for results of changed files when ``accept_changes`` does not
    give them up, and for a table: where its rows were cut no longer fits.
    """
    now = time.time_ns()
    before = _read(folder)
    versions = _ask(source) if before else {}
    with MiniBatchTable(str(folder.mini_batches)) as table:
        since, other = folder.mini_batches.stat().st_mtime_ns, _other(before, versions)
        changed = _changed(table, since, other, delivered, source)
        if changed and table.kind == "table":
            raise _problem(
                f"{table.names(changed[0])[0]} has changed since the job began, and where its rows "
                "were cut no longer fits. Submit the job anew."
            )
        outdated = committed(folder, changed, table.count)
        if outdated and not accept_changes:
            raise _problem(
                f"{len(outdated)} of the mini-batches that are done were made from files that have "
                f"changed since, the first from {table.names(outdated[0])[0]}. Resume with "
                "--accept-changes to make them again, or submit the job anew."
            )
    withdraw(folder.segments, frozenset(outdated))
    if versions:
        _write(folder, versions)
    os.utime(folder.mini_batches, ns=(now, now))
    return changed


def _changed(
    table: MiniBatchTable, since: int, other: frozenset[str], delivered: str, source: str
) -> list[int]:
    """The mini-batches with a file that is newer than ``since``, or is in a store and ``other``."""
    old, new = os.fsencode(delivered), os.fsencode(source)

    @lru_cache(maxsize=64)  # the parts of a file follow one another
    def has_changed(path: bytes) -> bool:
        if old != new and path.startswith(old):  # a copy tells when it was made, not of what
            path = new + path[len(old) :]
        if not is_local(os.fsdecode(path)):
            return os.fsdecode(path).removeprefix(source) in other
        try:
            status = os.stat(path)
        except OSError:
            return True
        # A file that was moved into the place of another keeps the time of its contents.
        return max(status.st_mtime_ns, status.st_ctime_ns) > since

    return [i for i in range(table.count) if any(map(has_changed, table.paths(i)))]


def _ask(source: str) -> _Versions:
    found = remote_files(source)
    return {file.url.removeprefix(source): (str(file.size), file.version) for file in found}


def _other(before: _Versions, now: _Versions) -> frozenset[str]:
    """The files that are gone or differ, as far as their store tells."""
    return frozenset(name for name, version in before.items() if now.get(name) != version)


def _write(folder: StepFolder, versions: _Versions) -> None:
    # Names below the source: a URL may bear a signature.
    with (
        replacing(str(folder.input_versions)) as partial,
        open(partial, "w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        csv.writer(file).writerows((name, *version) for name, version in versions.items())


def _read(folder: StepFolder) -> _Versions:
    try:
        with folder.input_versions.open(
            newline="", encoding="utf-8", errors="surrogateescape"
        ) as file:
            return {name: (size, version) for name, size, version in csv.reader(file)}
    except FileNotFoundError:  # of this machine, or of a store that told nothing
        return {}


def _problem(text: str) -> DataException:
    return DataException(text, target=ErrorTarget.DATA)
