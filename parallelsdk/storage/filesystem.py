"""Questions about what lies at a URI, asked alike of this machine and of any fsspec store.

Local paths are answered by the operating system itself: fsspec reads ``*`` and ``[`` in names as
patterns, and a file may bear any name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from parallelsdk.constants import NAME_BYTES
from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.storage.azure_blobs import is_azure, listed_blobs
from parallelsdk.storage.listing import iter_files, matches
from parallelsdk.storage.remote import attempt, open_store, without_secrets
from parallelsdk.storage.state import UNKNOWN, FileState
from parallelsdk.storage.uri import is_local, local_path

# What stores call that which changes with a file's content, the surest first.
_VERSION_KEYS: Final = ("ETag", "etag", "Content-MD5", "LastModified", "Last-Modified", "mtime")
_TAGS: Final = frozenset({"ETag", "etag"})


class RemoteFile(NamedTuple):
    """A file in a store: its size in bytes (-1: unknown), and what changes when it does.

    ``version`` is empty where the store does not say such a thing. When it ``is_tag``, an ETag, a
    store says the same of one file as of one among many.
    """

    url: str
    size: int
    version: str
    is_tag: bool = False

    @property
    def state(self) -> FileState:
        """The same as plans keep it; UNKNOWN when the store says nothing at all."""
        if self.size < 0 and not self.version:
            return UNKNOWN
        version = self.version
        if self.is_tag:  # some stores quote it here and not there
            version = version.removeprefix("W/").strip('"')
        digest = hashlib.blake2b(version.encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "little", signed=True) if version else 0
        return FileState(max(0, self.size), number, 2 if self.is_tag else int(bool(version)))


def exists(uri: str) -> bool:
    """Whether a file or folder is there. Raises DataException when a store does not answer."""
    if is_local(uri):
        return os.path.exists(local_path(uri))
    store, path = open_store(uri)
    return bool(attempt(uri, lambda: store.exists(path)))


def is_folder(uri: str) -> bool:
    """Whether a folder is there; one that is only marked in a store is one, too."""
    if is_local(uri):
        return os.path.isdir(local_path(uri))
    store, path = open_store(uri)
    if is_azure(uri):
        return any(name != path for name in attempt(uri, lambda: listed_blobs(store, path)))
    return bool(attempt(uri, lambda: store.isdir(path)))


def list_files(uri: str) -> list[str]:
    """All files below a folder: absolute, sorted component by component, bytewise.

    A file lists itself. Raises DataException when nothing is there or a folder cannot be read.
    """
    if is_local(uri):
        path = os.path.abspath(local_path(uri))
        if not os.path.exists(path):
            raise _nothing(uri)
        return list(iter_files(path)) if os.path.isdir(path) else [path]
    return [file.url for file in remote_files(uri)]


def remote_files(uri: str) -> list[RemoteFile]:
    """As ``list_files``, of a store, with what one listing tells of each file.

    What a store's console makes for an empty folder is no file. Raises DataException when nothing
    is there.
    """
    store, path = open_store(uri)
    try:
        found = attempt(uri, lambda: _listed(uri, store, path), "cannot be listed")
    except FileNotFoundError:
        found = {}
    if not found:
        if is_folder(uri):
            return []
        raise _nothing(uri)
    if list(found) == [path]:  # of a file that is asked for itself, some give the name alone
        return [_remote_file(uri, attempt(uri, lambda: store.info(path)))]
    names = [name for name in found if not _is_folder(uri, name, found[name])]
    names.sort(key=lambda name: os.fsencode(name).split(b"/"))
    base = uri.rstrip("/")
    return [_remote_file(_below(base, path, name), found[name]) for name in names]


def _listed(uri: str, store: Any, path: str) -> dict[str, Any]:
    """What a store tells of all that lies at a path, by name; folders may be among it."""
    if is_azure(uri):
        return listed_blobs(store, path)
    found: dict[str, Any] = store.find(path, detail=True)
    return found


def _is_folder(uri: str, name: str, found: dict[str, Any]) -> bool:
    """Whether it is a folder, or the empty object that stands for one.

    Raises DataException for an object that has a folder's name, and holds something.
    """
    if found.get("type") == "directory":
        return True
    if not name.endswith("/"):
        return False
    if found.get("size"):
        raise DataException(
            f"{without_secrets(uri)!r} holds an object called {name!r}, like a folder, with "
            f"{found['size']} bytes. Give it another name.",
            target=ErrorTarget.DATA,
        )
    return True


def local_names(root: str, urls: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each URL below ``root`` with the name that its file has on this machine.

    Raises DataException for two that would need one name, or of which one would have to be a file
    and a folder, and for one whose name leads upwards.
    """
    start = f"{root.rstrip('/')}/"
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for url in urls:
        parts = [part for part in url.removeprefix(start).split("/") if part not in ("", ".")]
        if ".." in parts or any(len(os.fsencode(part)) > NAME_BYTES for part in parts):
            why = ".. in its name" if ".." in parts else "too long a name"
            raise DataException(
                f"{without_secrets(url)!r} has {why}, so that it cannot lie in a folder of this "
                "machine. Use mode: direct, or give it another name.",
                target=ErrorTarget.DATA,
            )
        name = "/".join(parts)
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        other = files.get(name) or folders.get(name)
        other = other or next((files[folder] for folder in above if folder in files), None)
        if other is not None:
            raise DataException(
                f"{without_secrets(other)!r} and {without_secrets(url)!r} cannot both lie in one "
                "folder of this machine. Use mode: direct, or give one of them another name.",
                target=ErrorTarget.DATA,
            )
        files[name] = url
        folders.update(dict.fromkeys(above, url))
        yield url, name


def remote_matches(base: str, pattern: Sequence[str]) -> Iterator[str]:
    """The files below a folder of a store whose path matches, as ``iter_matches`` does it."""
    root = base.rstrip("/") + "/"
    for file in remote_files(base):
        if matches(file.url.removeprefix(root).split("/"), pattern):
            yield file.url


def refuse_other(url: str, found: dict[str, Any], state: FileState) -> None:
    """Raises DataException when a store says (``found``) that a file is not in ``state`` any more.

    Only sizes and ETags are compared: times are told in one way here and in another there.
    """
    now = _remote_file(url, found)
    if not state.is_known:
        return
    why = ""
    if 0 <= now.size != state.size and state.size:
        why = f"size {state.size} then, {now.size} now"
    elif now.is_tag and state.inode == now.state.inode and state.mtime_ns != now.state.mtime_ns:
        why = "its ETag is another"
    if why:
        raise DataException(
            f"{without_secrets(url)!r} has changed since the job began: {why}.",
            target=ErrorTarget.DATA,
        )


def _below(base: str, path: str, name: str) -> str:
    """The URL of a file: of the form that the author gave, which may name an account."""
    if "://" in name:
        return name
    return f"{base}/{name.removeprefix(path).removeprefix('/')}"


def _remote_file(url: str, found: dict[str, Any]) -> RemoteFile:
    size = found.get("size")
    key = next((key for key in _VERSION_KEYS if found.get(key)), None)
    version = "" if key is None else str(found[key])
    return RemoteFile(url, size if isinstance(size, int) else -1, version, key in _TAGS)


def _nothing(uri: str) -> DataException:
    return DataException(f"There is nothing at {without_secrets(uri)!r}.", target=ErrorTarget.DATA)
