"""Copies of the user's code, named by their content: what a job runs cannot change under it.

Alone, because it is the only place where a path is made from a hash; equal code is stored once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence

from parallelsdk.exceptions import ErrorTarget, ValidationException
from parallelsdk.storage.ignore import IgnoreRules
from parallelsdk.storage.transfer import remove


def snapshot_code(source: str, into: str, *, exclude: Sequence[str] = ()) -> str:
    """Copy a code folder, or a single file, to ``<into>/<hash>/``; that folder's absolute path.

    Left out are ``__pycache__``, ``.git``, ``.parallelsdk``, ``.ipynb_checkpoints``, virtual
    environments, ``into`` itself, the folders in ``exclude`` (a workspace that lies in the code
    folder) and what ``.amlignore`` (else ``.gitignore``) names. Links are copied as what they point
    to. Same content, same folder; a second call copies nothing that stays.
    Raises ValidationException when there is nothing at ``source``.
    """
    source, into = os.path.abspath(source), os.path.abspath(into)
    if not os.path.exists(source):
        raise ValidationException(f"There is no code at {source!r}.", target=ErrorTarget.COMPONENT)
    os.makedirs(into, exist_ok=True)
    partial = os.path.join(into, f".partial-{uuid.uuid4().hex}")
    os.makedirs(partial)
    try:
        digest = _copy(source, partial, {os.path.realpath(path) for path in (into, *exclude)})
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


def _copy(source: str, folder: str, skipped: set[str]) -> str:
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


def _code_files(source: str, skipped: set[str]) -> Iterator[tuple[str, str]]:
    """Each file of the code, absolute and relative, in an order that does not change."""
    if os.path.isfile(source):
        yield source, os.path.basename(source)
        return
    rules = IgnoreRules.of_folder(source)
    seen: set[str] = set()
    for folder, folders, files in os.walk(source, followlinks=True):
        here = os.path.realpath(folder)
        if here in skipped or here in seen or (folder != source and "pyvenv.cfg" in files):
            folders.clear()
            continue
        seen.add(here)
        prefix = os.path.relpath(folder, source)
        prefix = "" if prefix == "." else prefix + "/"
        folders[:] = [
            name for name in sorted(folders) if not rules.excludes(prefix + name, is_folder=True)
        ]
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not rules.excludes(prefix + name, is_folder=False):
                yield path, prefix + name
