"""Changed input of jobs that an earlier release began: their plans keep no states of files.

Alone, because it may go when nobody has such jobs any more. What holds for them is what held then:
the plan's own time says as of when it is true, and what a store said lies in a file beside it.
"""

from __future__ import annotations

import csv
import os
from functools import lru_cache

from parallelsdk.data.input_state import Original, is_of_this_machine
from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.storage.filesystem import remote_files


def changed_since(table: MiniBatchTable, original: Original, folder: StepFolder) -> list[int]:
    """The mini-batches with a file that is newer than the plan, or not what its store said."""
    since = folder.mini_batches.stat().st_mtime_ns
    other = _other(folder, original.source)

    @lru_cache(maxsize=64)  # the parts of a file follow one another
    def has_changed(path: bytes) -> bool:
        path = original.place(path)
        if not is_of_this_machine(path):
            return os.fsdecode(path).removeprefix(original.source) in other
        try:
            status = os.stat(path)
        except OSError:
            return True
        # A file that was moved into the place of another keeps the time of its contents.
        return max(status.st_mtime_ns, status.st_ctime_ns) > since

    return [n for n in range(table.count) if any(map(has_changed, table.paths(n)))]


def _other(folder: StepFolder, source: str) -> frozenset[str]:
    """The files of a store that are gone or differ, by their names below the source."""
    try:
        with folder.input_versions.open(
            newline="", encoding="utf-8", errors="surrogateescape"
        ) as file:
            before = {name: (size, version) for name, size, version in csv.reader(file)}
    except FileNotFoundError:  # of this machine, or of a store that told nothing
        return frozenset()
    now = {f.url.removeprefix(source): (str(f.size), f.version) for f in remote_files(source)}
    return frozenset(name for name, version in before.items() if now.get(name) != version)
