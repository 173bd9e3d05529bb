"""What a job that goes on does about input files that are no longer as they were.

The plan of the major input holds names and places, and its time says as of when they hold. What
was committed from a file that has changed since does not fit what is read from it now: a job must
not end with both, unless somebody says so. What was not committed yet is simply read as it is now.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.runtime.results import withdraw
from parallelsdk.runtime.resuming import committed
from parallelsdk.storage.uri import is_local


def settle_changes(
    folder: StepFolder, *, delivered: str, source: str, accept_changes: bool
) -> list[int]:
    """The mini-batches that run on other input than when the step began; none is committed then.

    ``delivered`` is where the step finds its major input, ``source`` where that came from. Raises
    DataException for results of changed files when ``accept_changes`` does not give them up, and
    for a table: where its rows were cut no longer fits.
    """
    now = time.time_ns()
    with MiniBatchTable(str(folder.mini_batches)) as table:
        changed = _changed(table, folder.mini_batches.stat().st_mtime_ns, delivered, source)
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
    os.utime(folder.mini_batches, ns=(now, now))
    return changed


def _changed(table: MiniBatchTable, since: int, delivered: str, source: str) -> list[int]:
    old, new = os.fsencode(delivered), os.fsencode(source)

    @lru_cache(maxsize=64)  # the parts of a file follow one another
    def has_changed(path: bytes) -> bool:
        if not is_local(os.fsdecode(path)):
            return False  # nobody knows; what is not done yet is fetched as it is now
        if old != new and path.startswith(old):  # a copy tells when it was made, not of what
            path = new + path[len(old) :]
        try:
            status = os.stat(path)
        except OSError:
            return True
        # A file that was moved into the place of another keeps the time of its contents.
        return max(status.st_mtime_ns, status.st_ctime_ns) > since

    return [i for i in range(table.count) if any(map(has_changed, table.paths(i)))]


def _problem(text: str) -> DataException:
    return DataException(text, target=ErrorTarget.DATA)
