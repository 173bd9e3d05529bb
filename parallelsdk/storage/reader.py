"""Bytes of a file, wherever it lies: its size, a range of it, or a file to seek in.

Alone, because readers of tables ask the same few questions of a local file and of one in a store,
and every answer that fails names the file.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.opening import open_data, open_regular, unreadable
from parallelsdk.storage.remote import attempt, open_store, without_secrets
from parallelsdk.storage.uri import is_local, local_path


class ByteReader:
    """One open file; a context manager. Raises DataException when it is not there or unreadable."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._handle = -1
        self._store: Any = None
        if is_local(uri):
            self._handle = open_regular(local_path(uri))
            self.size = os.fstat(self._handle).st_size
        else:
            self._store, self._path = open_store(uri)
            self.size = remote_size(uri)

    def __enter__(self) -> ByteReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from ``start`` to below ``stop``; fewer where the file ends before."""
        if self._store is None:
            try:
                return _read_local(self._handle, start, stop - start)
            except OSError as error:
                raise unreadable(local_path(self.uri), error) from error
        stop = min(stop, self.size)
        return _read_remote(self.uri, self._store, self._path, start, stop) if stop > start else b""


def read_bytes(uri: str, start: int = 0, stop: int = -1) -> bytes:
    """The bytes from ``start`` to below ``stop``, -1 for the end; fewer where the file ends before.

    Raises DataException that names the file.
    """
    if not is_local(uri) and stop >= 0:
        # The size would cost a request of its own.
        store, path = open_store(uri)
        return _read_remote(uri, store, path, start, stop) if stop > start else b""
    with ByteReader(uri) as reader:
        return reader.read(start, reader.size if stop < 0 else stop)


def read_piece(uri: str, start: int, stop: int) -> bytes:
    """As ``read_bytes``, of a piece that a plan says is there. Raises DataException when it is not.

    The file was shortened then.
    """
    data = read_bytes(uri, start, stop)
    if stop >= 0 and len(data) < stop - start:
        raise DataException(
            f"{without_secrets(uri)!r} ends at byte {start + len(data)}; when planned, it held "
            f"{stop}.",
            target=ErrorTarget.DATA,
        )
    return data


def open_file(uri: str) -> Any:
    """The file as a binary Python file to seek in. Raises DataException."""
    if is_local(uri):
        return open_data(local_path(uri))
    return _SeekableFile(ByteReader(uri))


def size_of(uri: str) -> int:
    """The size of a file in bytes. Raises DataException."""
    if not is_local(uri):
        return remote_size(uri)
    try:
        return os.stat(local_path(uri)).st_size
    except OSError as error:
        raise unreadable(local_path(uri), error) from error


def is_empty(uri: str) -> bool:
    """Whether there is a file of no bytes; what is no file, or is not there, is not empty."""
    try:
        if is_local(uri):
            return os.path.isfile(local_path(uri)) and size_of(uri) == 0
        return remote_size(uri) == 0
    except DataException:
        return False


def remote_size(uri: str) -> int:
    """The size of a file in a store. Raises DataException."""
    store, path = open_store(uri)
    try:
        found = attempt(uri, lambda: store.info(path))
    except FileNotFoundError as error:
        raise _gone(uri) from error
    size = found.get("size")
    if size is None:
        raise DataException(
            f"{without_secrets(uri)!r} has no size, so it cannot be read in parts. "
            "Use mode: download.",
            target=ErrorTarget.DATA,
        )
    return int(size)


class _SeekableFile:
    """What Arrow needs of a Python file; it asks for ranges, so nothing is read ahead."""

    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._place = 0
        self.closed = False

    def read(self, count: int = -1) -> bytes:
        stop = self._reader.size if count < 0 else self._place + count
        data = self._reader.read(self._place, stop)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = (0, self._place, self._reader.size)[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def size(self) -> int:
        return self._reader.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing is ever held back."""

    def close(self) -> None:
        self._reader.close()
        self.closed = True


def _read_local(handle: int, start: int, count: int) -> bytes:
    data = os.pread(handle, count, start)
    if len(data) == count or not data:
        return data
    parts = [data]  # the kernel gives at most 2 GiB at once
    done = len(data)
    while done < count and (data := os.pread(handle, count - done, start + done)):
        parts.append(data)
        done += len(data)
    return b"".join(parts)


def _read_remote(uri: str, store: Any, path: str, start: int, stop: int) -> bytes:
    def read() -> bytes:
        try:
            data: bytes = store.cat_file(path, start=start, end=stop)
        except FileNotFoundError:
            raise
        except Exception:  # each has its own for a range that is not there, as of an empty object
            if start < (store.info(path).get("size") or 0):
                raise
            return b""
        if len(data) > stop - start:  # a server that knows no ranges
            return data[start:stop]
        return data

    try:
        return attempt(uri, read)
    except FileNotFoundError as error:
        raise _gone(uri) from error


def _gone(uri: str) -> DataException:
    return DataException(f"There is nothing at {without_secrets(uri)!r}.", target=ErrorTarget.DATA)
