"""Copies of the user's code, named by their content: what a job runs cannot change under it.

Alone, because it is the only place where a path is made from a hash; equal code is stored once.
"""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import os
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.storage.file_store import LEAST_BYTES, FileStore, is_stored
from parallelsdk.storage.ignore import IgnoreRules
from parallelsdk.storage.listing import WORKSPACE_MARK
from parallelsdk.storage.transfer import remove

# What lies in folders that are no code: virtual environments, those of conda, workspaces.
_OTHER: Final = frozenset({"pyvenv.cfg", "conda-meta", WORKSPACE_MARK})


def snapshot_code(
    source: str | None,
    into: str,
    *,
    includes: Sequence[str] = (),
    store: FileStore | None = None,
) -> str:
    """Copy a code folder, or a single file, to ``<into>/<hash>/``; that folder's absolute path.

    Beside it come ``includes``, files and folders from elsewhere, under their own last names. Left
    out are ``__pycache__``, ``.git``, ``.parallelsdk``, ``.ipynb_checkpoints``, virtual
    environments, ``into`` itself, workspaces, and what ``.amlignore`` (else ``.gitignore``) names.
    Links are copied as what they point to, and large files shared through ``store``. Same content,
    same folder; a second call copies nothing that stays.
    Raises ValidationException when there is nothing at ``source``, or two things have one name.
    """
    into = os.path.abspath(into)
    for path in filter(None, (source, *includes)):
        if not os.path.exists(path):
            raise ValidationException(f"There is no code at {path!r}.", target=ErrorTarget.CODE)
    os.makedirs(into, exist_ok=True)
    partial = os.path.join(into, f".partial-{uuid.uuid4().hex}")
    os.makedirs(partial)
    try:
        files = _all_files(source, includes, os.path.realpath(into))
        goal = os.path.join(into, _copy(files, partial, store))
        if not os.path.isdir(goal):
            try:
                os.rename(partial, goal)
            except OSError:  # somebody else snapshots the same code and was faster
                if not os.path.isdir(goal):
                    raise
        return goal
    finally:
        remove(partial)


def copy_snapshot(snapshot: str, folder: str) -> None:
    """Copy a snapshot for a command to run in, which may change its own copy. Raises OSError."""

    def copy(source: str, goal: str) -> None:
        shutil.copy2(source, goal)
        os.chmod(goal, os.stat(goal).st_mode | stat.S_IWUSR)

    shutil.copytree(snapshot, folder, copy_function=copy, dirs_exist_ok=True)


def drop_unchanged(folder: str) -> None:
    """Remove the large files of a copied snapshot that the command has left as they were."""
    for path, _, files in os.walk(folder):
        for name in files:
            file = os.path.join(path, name)
            with contextlib.suppress(OSError):
                if is_stored(os.lstat(file)):
                    os.unlink(file)


def changed_files(source: str | None, snapshot: str, includes: Sequence[str] = ()) -> list[str]:
    """The relative names of the files in which the code at ``source`` is not its ``snapshot``.

    By name, content, and whether they can be executed, as the hash has it; in alphabetical order.
    OSError when something cannot be read.
    """
    files = _all_files(source, includes, os.path.dirname(snapshot))
    now = {relative: path for path, relative in files}
    before = {relative: path for path, relative in _code_files(snapshot, "", IgnoreRules())}
    return sorted(
        name
        for name in now.keys() | before.keys()
        if name not in now or name not in before or _differ(now[name], before[name])
    )


def sizes(source: str | None, includes: Sequence[str] = ()) -> dict[str, int]:
    """The bytes of what a snapshot would copy, by the first part of each name; the largest first.

    A file that cannot be looked at counts nothing.
    """
    found: dict[str, int] = {}
    for path, relative in _all_files(source, includes, ""):
        first = relative.partition("/")[0]
        try:
            found[first] = found.get(first, 0) + os.stat(path).st_size
        except OSError:
            found.setdefault(first, 0)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _differ(one: str, other: str) -> bool:
    if os.access(one, os.X_OK) != os.access(other, os.X_OK):
        return True
    return not filecmp.cmp(one, other, shallow=False)


def _copy(files: Iterable[tuple[str, str]], folder: str, store: FileStore | None) -> str:
    """Copy the files below ``folder``; the hash of names, modes and contents."""
    total = hashlib.sha256()
    for path, relative in files:
        target = os.path.join(folder, relative)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if store is not None and os.stat(path).st_size >= LEAST_BYTES:
            content = store.bring(path, target)
        else:
            shutil.copy(path, target)
            with open(target, "rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
        executable = os.access(target, os.X_OK)
        name = os.fsencode(relative)
        total.update(b"%d:%b%d" % (len(name), name, executable) + content)
    return total.hexdigest()[:32]


def _all_files(
    source: str | None, includes: Sequence[str], skipped: str
) -> Iterator[tuple[str, str]]:
    """Each file of the code and of what is included, absolute and relative."""
    taken: dict[str, str] = {}
    for path in filter(None, (source, *includes)):
        path = os.path.abspath(path)
        prefix = "" if path == (source and os.path.abspath(source)) else _prefix(path)
        for file, relative in _code_files(path, skipped):
            name = prefix + relative
            if name in taken:
                raise ValidationException(
                    f"The code of a step would have {name!r} twice: from {taken[name]} and from "
                    f"{file}. Take one of them out of additional_includes.",
                    target=ErrorTarget.CODE,
                )
            taken[name] = file
            yield file, name


def _prefix(path: str) -> str:
    return f"{os.path.basename(path)}/" if os.path.isdir(path) else ""


def _code_files(
    source: str, skipped: str, rules: IgnoreRules | None = None
) -> Iterator[tuple[str, str]]:
    """Each file of the code, absolute and relative, in an order that does not change.

    ``rules`` are those of the folder's own file unless others are given.
    """
    if os.path.isfile(source):
        yield source, os.path.basename(source)
        return
    rules = rules or IgnoreRules.of_folder(source)
    # Of each folder still to be walked, the folders that it was reached through: a link back to one
    # of them would never end, while a folder may well be reached by two names.
    above: dict[str, frozenset[str]] = {source: frozenset()}
    for folder, folders, files in os.walk(source, followlinks=True):
        here, reached = os.path.realpath(folder), above.pop(folder)
        is_other = folder != source and not _OTHER.isdisjoint((*files, *folders))
        if here == skipped or here in reached or is_other:
            folders.clear()
            continue
        prefix = os.path.relpath(folder, source)
        prefix = "" if prefix == "." else prefix + "/"
        folders[:] = [
            name for name in sorted(folders) if not rules.excludes(prefix + name, is_folder=True)
        ]
        above.update((os.path.join(folder, name), reached | {here}) for name in folders)
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not rules.excludes(prefix + name, is_folder=False):
                yield path, prefix + name
