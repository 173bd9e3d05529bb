"""``index.sqlite``: the small tables of a workspace that several processes change at once.

The file is made whole or not at all, every change is one short transaction, and what does not look
like an index of this version is refused: never repaired, never half believed. What the tables mean
is said by assets and computes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from parallelsdk.exceptions import AssetException
from parallelsdk.jobstore.layout import PRIVATE_FILE, Workspace

BUSY_SECONDS: Final = 60.0  # how long a change waits for the changes of other processes
_APPLICATION: Final = 0x7073646B  # "psdk": marks the file as ours
_SCHEMA: Final = 1
_TABLES: Final = (
    """CREATE TABLE assets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        content TEXT NOT NULL,
        labels TEXT NOT NULL,
        created TEXT NOT NULL,
        archived INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (kind, name, version)
    )""",
    "CREATE TABLE computes (name TEXT PRIMARY KEY, target TEXT NOT NULL, created TEXT NOT NULL)",
)


@contextlib.contextmanager
def reading(workspace: Workspace) -> Iterator[sqlite3.Connection | None]:
    """The index as of now, None when nothing was ever written to it; none is made.

    Raises AssetException when it is damaged or cannot be opened.
    """
    if not workspace.index.exists():
        yield None
        return
    with _told(workspace.index), contextlib.closing(_open(workspace.index)) as connection:
        connection.execute("BEGIN")
        yield connection


@contextlib.contextmanager
def writing(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """The index for one change: what is done inside is kept whole, or not at all if it raises.

    Workspace and index are made if they are not there. Raises AssetException like ``reading``.
    """
    with _told(workspace.index):
        _ensure(workspace)
        with contextlib.closing(_open(workspace.index)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def damaged(path: Path, why: object) -> AssetException:
    """The refusal to use the index at ``path``."""
    reason = " ".join(str(why).split())
    return AssetException(
        f"The workspace's index {path} is damaged ({reason}), so nothing in it can be trusted. "
        "Move it away together with the files beside it that begin with its name, and register "
        "the assets and computes anew. Jobs are not affected: they do not stand in it."
    )


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what sqlite says into our errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise AssetException(
            f"The workspace's index {path} cannot be used now: {error}. Check the disk, its space "
            "and its permissions; if another process holds the index, try again."
        ) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error


def _open(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # No implicit transactions; the time-out makes writers wait for each other.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    [(application,)] = connection.execute("PRAGMA application_id")
    [(schema,)] = connection.execute("PRAGMA user_version")
    if application != _APPLICATION:
        raise damaged(path, "it is no index of parallelsdk")
    if schema > _SCHEMA:
        raise AssetException(
            f"The workspace's index {path} was written by a newer version of parallelsdk (its "
            f"schema is {schema}, this version knows {_SCHEMA}). Use that version."
        )
    if schema != _SCHEMA:
        raise damaged(path, f"its schema is {schema}")
    [(found,)] = connection.execute("PRAGMA quick_check(1)")
    if found != "ok":
        raise damaged(path, found)


def _ensure(workspace: Workspace) -> None:
    """Make the index if it is not there. One process makes it, the others wait for that one."""
    workspace.make()
    if workspace.index.exists():
        return
    place = workspace.root / "index.lock"
    place.touch(PRIVATE_FILE)
    with place.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not workspace.index.exists():
            _make(workspace.index)


def _make(path: Path) -> None:
    partial = path.with_name("index.unfinished.sqlite")
    for suffix in ("", "-wal", "-shm", "-journal"):  # of one that was killed; we hold the lock
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    try:
        with contextlib.closing(_connect(partial)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            for statement in (
                *_TABLES,
                f"PRAGMA application_id = {_APPLICATION}",
                f"PRAGMA user_version = {_SCHEMA}",
            ):
                connection.execute(statement)
        for suffix in ("-wal", "-shm"):
            # Left by an index that was moved away; sqlite would read them into the new one.
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        partial.chmod(PRIVATE_FILE)  # sqlite gives the files beside it the same mode
        os.rename(partial, path)
    finally:
        partial.unlink(missing_ok=True)
