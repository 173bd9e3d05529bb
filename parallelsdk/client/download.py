"""Copying a job's results out of the workspace, without harm to what lies at the target.

Everything is checked before the first byte is written: nothing may land outside the target folder,
and a file that is there already is only accepted when it has the same content.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from parallelsdk.exceptions import ErrorCategory, ErrorTarget, JobException
from parallelsdk.storage.listing import UNFINISHED_MARK
from parallelsdk.storage.opening import open_data
from parallelsdk.storage.transfer import remove
from parallelsdk.storage.unfinished import unfinished_for

_SHOWN = 5  # conflicting files named in a message


@dataclass(frozen=True, slots=True)
class Copy:
    """A file, or an empty folder, and where it goes below the target folder."""

    source: str
    relative: str

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder without anything in it."""
        return os.path.isdir(self.source)


def copies_of(source: str, into: str) -> Iterator[Copy]:
    """What copying a file, or the content of a folder, to the relative folder ``into`` consists of.

    Links to files count as the files; links to folders are left out, so no loop is followed. So is
    what somebody is still writing.
    """
    if not os.path.isdir(source):
        yield Copy(source, os.path.join(into, os.path.basename(source)))
        return
    for folder, folders, files in os.walk(source):
        if folder != source and UNFINISHED_MARK in files:
            folders.clear()
            continue
        below = os.path.relpath(folder, source)
        place = into if below == "." else os.path.join(into, below)
        if not files and not folders:
            yield Copy(folder, place)
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.isfile(path):  # no socket, pipe or dangling link
                yield Copy(path, os.path.join(place, name))
        folders.sort()


def copy_all(copies: Iterable[Copy], folder: str) -> list[str]:
    """Make the copies below ``folder`` and return their paths.

    Raises JobException, with nothing written, when a copy would replace a file with other content
    or would leave ``folder`` through a link.
    """
    folder = os.path.abspath(folder)
    _check_folder(folder)
    wanted = [(copy, os.path.join(folder, copy.relative)) for copy in copies]
    _check_inside(folder, [path for _, path in wanted])
    _check_free(wanted)
    with unfinished_for(folder, "") as unfinished:
        for copy, path in wanted:
            if copy.is_folder:
                os.makedirs(path, exist_ok=True)
            elif not os.path.lexists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                _copy_file(copy.source, path, os.path.join(unfinished, "new"))
    return [path for _, path in wanted]


def _check_folder(folder: str) -> None:
    """Whether files can be made there: it is a folder, or can become one."""
    above = folder
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        raise _refusal(f"download_path: {above} is a file, and no folder.")
    if not os.access(above, os.W_OK):
        raise _refusal(f"download_path: nothing may be written in {above}.")


def _check_inside(folder: str, paths: list[str]) -> None:
    root = os.path.realpath(folder)
    for path in paths:
        real = os.path.realpath(path)
        if not (real + os.sep).startswith(root.rstrip(os.sep) + os.sep):
            raise _refusal(
                f"{path} leads out of {folder}, to {real}. Nothing was written. "
                "Remove that link, or choose another download_path."
            )


def _check_free(wanted: list[tuple[Copy, str]]) -> None:
    taken = [path for copy, path in wanted if _in_the_way(copy, path)]
    if taken:
        more = f" and {len(taken) - _SHOWN} more" if len(taken) > _SHOWN else ""
        raise _refusal(
            f"These are there already, with other content: {', '.join(taken[:_SHOWN])}{more}. "
            "Nothing was written. Choose another download_path, or move them away."
        )


def _in_the_way(copy: Copy, path: str) -> bool:
    if not os.path.lexists(path):
        return False
    if copy.is_folder or os.path.isdir(path):
        return not (copy.is_folder and os.path.isdir(path))
    return not os.path.isfile(path) or not filecmp.cmp(copy.source, path, shallow=False)


def _copy_file(source: str, path: str, partial: str) -> None:
    """Copy one file, complete or absent. FileExistsError when the name was taken meanwhile."""
    try:
        with open_data(source) as old, open(partial, "wb") as new:
            shutil.copyfileobj(old, new)
        try:
            os.link(partial, path)  # unlike a rename, this replaces nothing
        except FileExistsError:
            raise
        except OSError:  # this disk has no such links
            _move(partial, path)
    finally:
        remove(partial)


def _move(partial: str, path: str) -> None:
    """Move a file to a name that nobody has: the name is taken first, empty, and then filled."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        os.replace(partial, path)
    except BaseException:
        os.unlink(path)
        raise


def _refusal(message: str) -> JobException:
    return JobException(message, target=ErrorTarget.JOB, error_category=ErrorCategory.USER_ERROR)
