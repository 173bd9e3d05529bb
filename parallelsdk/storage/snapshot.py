"""Copies of the user's code, named by their content: what a job runs cannot change under it.

Alone, because it is the only place where a path is made from a hash; equal code is stored once.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from typing import Final

from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.storage.ignore import IgnoreRules
from parallelsdk.storage.listing import WORKSPACE_MARK
from parallelsdk.storage.transfer import remove

_OTHER: Final = frozenset({"pyvenv.cfg", WORKSPACE_MARK})  # in folders that are no code


def snapshot_code(source: str, into: str) -> str:
    """Copy a code folder, or a single file, to ``<into>/<hash>/``; that folder's absolute path.

    Left out are ``__pycache__``, ``.git``, ``.parallelsdk``, ``.ipynb_checkpoints``, virtual
    environments, ``into`` itself, workspaces, and what ``.amlignore`` (else ``.gitignore``) names.
    Links are copied as what they point to. Same content, same folder; a second call copies nothing
    that stays.
    Raises ValidationException when there is nothing at ``source``.
    """
    source, into = os.path.abspath(source), os.path.abspath(into)
    if not os.path.exists(source):
        raise ValidationException(f"There is no code at {source!r}.", target=ErrorTarget.COMPONENT)
    os.makedirs(into, exist_ok=True)
    partial = os.path.join(into, f".partial-{uuid.uuid4().hex}")
    os.makedirs(partial)
    try:
        digest = _copy(source, partial, os.path.realpath(into))
        goal = os.path.join(into, digest)
        if not os.path.isdir(goal):
            try:
                os.rename(partial, goal)
            except OSError:  # somebody else snapshots the same code and was faster
                if not os.path.isdir(goal):
                    raise
        return goal
    finally:
        remove(partial)


def changed_files(source: str, snapshot: str) -> list[str]:
    """The relative names of the files in which the code at ``source`` is not its ``snapshot``.

    By name, content, and whether they can be executed, as the hash has it; in alphabetical order.
    OSError when something cannot be read.
    """
    source = os.path.abspath(source)
    now = {relative: path for path, relative in _code_files(source, os.path.dirname(snapshot))}
    before = {relative: path for path, relative in _code_files(snapshot, "", IgnoreRules())}
    return sorted(
        name
        for name in now.keys() | before.keys()
        if name not in now or name not in before or _differ(now[name], before[name])
    )


def _differ(one: str, other: str) -> bool:
    if os.access(one, os.X_OK) != os.access(other, os.X_OK):
        return True
    return not filecmp.cmp(one, other, shallow=False)


def _copy(source: str, folder: str, skipped: str) -> str:
    """Copy the files of ``source`` below ``folder``; the hash of names, modes and contents."""
    total = hashlib.sha256()
    for path, relative in _code_files(source, skipped):
        target = os.path.join(folder, relative)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(path, target)
        executable = os.access(target, os.X_OK)
        with open(target, "rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        name = os.fsencode(relative)
        total.update(b"%d:%b%d" % (len(name), name, executable) + content)
    return total.hexdigest()[:32]


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
        is_other = folder != source and not _OTHER.isdisjoint(files)
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
