"""Remote files under local paths while a mini-batch is in hand: fetched before, removed after.

Alone, because several workers share the folder and any of them may die: a file is fetched by one of
them under a lock that dies with its owner, and removed when nobody holds it. So the disk holds the
mini-batches in hand and the next ones, however large the input is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from parallelsdk.exceptions import DataException, ErrorTarget, MlException
from parallelsdk.storage.remote import without_secrets
from parallelsdk.storage.remote_transfer import AT_ONCE, fetch_file
from parallelsdk.storage.state import UNKNOWN, FileState, told_change
from parallelsdk.storage.transfer import copy, remove, replacing
from parallelsdk.storage.uri import is_local, local_path

_Wanted = tuple[str, FileState]


@dataclass(frozen=True, slots=True)
class MountPlace:
    """A mount: the URL or path whose files it shows, and the local folder below which they lie.

    ``copies_local`` files of this machine, too; else they are handed through.
    """

    root: str
    folder: str
    copies_local: bool = False

    @property
    def locks(self) -> str:
        """Where the locks lie: beside the folder, which user code may list."""
        return f"{self.folder}.locks"

    @property
    def unfinished(self) -> str:
        """Where files lie that are on their way, for the same reason."""
        return f"{self.folder}.unfinished"

    def place_of(self, uri: str) -> str:
        """Where a file lies: as it does below the root, or by its whole name."""
        root = self.root.rstrip("/")
        if uri.startswith(f"{root}/"):
            name = uri.removeprefix(f"{root}/")
        elif uri == root:
            name = os.path.basename(uri.partition("?")[0])
        else:
            parts = urlsplit(without_secrets(uri))
            name = f"{parts.scheme or 'file'}/{parts.netloc}{parts.path}"
            if parts.query or parts.fragment:  # what they say makes it another file
                folder, _, last = name.rpartition("/")
                name = f"{folder}/{_digest(uri)}/{last}"
        safe = [part for part in name.split("/") if part not in ("", ".", "..")]
        return os.path.join(self.folder, *safe)

    def clear(self) -> None:
        """Remove what was fetched ahead, or for a worker that died; nobody works here any more."""
        remove(self.folder)
        remove(self.locks)
        remove(self.unfinished)


class FileMount:
    """The files of one worker's mini-batches."""

    def __init__(self, place: MountPlace) -> None:
        self._place = place
        self._held: dict[str, int] = {}  # path -> handle of its lock
        self._pool = ThreadPoolExecutor(AT_ONCE, "mount")
        self._ahead: list[threading.Thread] = []

    def bring(self, uris: Sequence[str], states: Sequence[FileState] = ()) -> list[str]:
        """The local paths of these files, all of them there.

        Raises DataException, also for a file that is not in the state of ``states``.
        """
        fetched = [wanted for wanted in _wanted(uris, states) if not self._passes(wanted[0])]
        running = [self._pool.submit(self._hold, *wanted) for wanted in fetched]
        wait(running)  # for all, so that no file comes when nobody is there to let go of it
        for ended in running:
            ended.result()
        return [local_path(uri) if self._passes(uri) else self._place.place_of(uri) for uri in uris]

    def prefetch(self, uris: Sequence[str], states: Sequence[FileState] = ()) -> None:
        """Begin to fetch what will be needed next, unless the last such fetch still runs."""
        if any(thread.is_alive() for thread in self._ahead):
            return
        wanted = [each for each in _wanted(uris, states) if not self._passes(each[0])]
        left = iter(wanted)  # that the threads share
        # Not of the pool: a process that ends must not wait for what nobody needs any more.
        self._ahead = [
            threading.Thread(target=self._prefetch, args=(left,), daemon=True)
            for _ in wanted[:AT_ONCE]
        ]
        for thread in self._ahead:
            thread.start()

    def release(self, uris: Sequence[str]) -> None:
        """Let go of these files; one that nobody else holds is removed."""
        for uri in dict.fromkeys(uris):
            if self._passes(uri):
                continue
            path = self._place.place_of(uri)
            handle = self._held.pop(path, -1)
            if handle < 0:
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                continue
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
            os.close(handle)

    def close(self) -> None:
        """Let go of all files and leave them where they are."""
        self._pool.shutdown()
        for handle in self._held.values():
            os.close(handle)
        self._held.clear()

    def _hold(self, uri: str, state: FileState) -> None:
        """Fetch a file if it is not there, and keep everybody from removing it."""
        path = self._place.place_of(uri)
        if path in self._held:
            return
        with ExitStack() as stack:
            handle = self._open_lock(path)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_SH)
            while not os.path.exists(path):
                fcntl.flock(handle, fcntl.LOCK_EX)
                if not os.path.exists(path):
                    bring_file(uri, path, self._place.unfinished, state)
                fcntl.flock(handle, fcntl.LOCK_SH)
            self._held[path] = handle
            stack.pop_all()

    def _prefetch(self, files: Iterator[_Wanted]) -> None:
        for uri, state in files:
            path = self._place.place_of(uri)
            if os.path.exists(path):
                continue
            # Who needs the file will fetch it, and hear of the error.
            with contextlib.suppress(MlException, OSError), self._locked(path):
                if not os.path.exists(path):
                    bring_file(uri, path, self._place.unfinished, state)

    @contextmanager
    def _locked(self, path: str) -> Iterator[None]:
        handle = self._open_lock(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _open_lock(self, path: str) -> int:
        os.makedirs(self._place.locks, exist_ok=True)
        lock = os.path.join(self._place.locks, _digest(path))
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _passes(self, uri: str) -> bool:
        """Whether a file is handed through as it is."""
        return is_local(uri) and not self._place.copies_local


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:32]


def bring_file(uri: str, path: str, unfinished: str, state: FileState = UNKNOWN) -> None:
    """Copy or fetch a file to ``path``, complete or absent. Raises DataException.

    So it does when the file is not in ``state``. What is on its way lies in the folder
    ``unfinished``.
    """
    partial = os.path.join(unfinished, uuid.uuid4().hex)
    if not is_local(uri):
        with replacing(path, durable=False, unfinished=partial):
            fetch_file(uri, partial, state=state)
        return

    def check(source: str, now: FileState) -> None:
        if state.is_known and now != state:
            raise DataException(told_change(source, state, now), target=ErrorTarget.DATA)

    copy(local_path(uri), path, unfinished=partial, seen=check)


def _wanted(uris: Sequence[str], states: Sequence[FileState]) -> list[_Wanted]:
    """Each file once, with its state."""
    return list(dict(zip(uris, states or [UNKNOWN] * len(uris), strict=True)).items())
