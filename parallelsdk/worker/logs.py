"""The log files of one worker, in Azure's tree.

The process's own file descriptors 1 and 2 point into the tree, so that everything lands there:
print, C libraries, child processes. A full pipe can block nobody because there is no pipe.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO, cast

_TRIES: Final = 5


class WorkerLogs:
    """The files of the worker called ``name`` on the instance ``instance``."""

    def __init__(self, root: str, *, instance: int, name: str) -> None:
        node = str(instance)
        base = Path(root)
        self.stdout = base / "user" / "stdout" / node / f"{name}.stdout.txt"
        self.stderr = base / "user" / "stderr" / node / f"{name}.stderr.txt"
        self.user_error = base / "user" / "error" / node / f"{name}.txt"
        self.life = base / "sys" / "node" / node / f"{name}.txt"
        self.system_error = base / "sys" / "error" / node / f"{name}.txt"  # made when needed

    def redirect_streams(self) -> None:
        """Point the process's standard output and error at their files."""
        self._own = (_open_stream(self.stdout), _open_stream(self.stderr))
        self._handles = [stream.fileno() for stream in self._own]
        for fd, stream in enumerate(self._own, 1):
            os.dup2(stream.fileno(), fd)
        sys.stdout, sys.stderr = self._own

    def sizes(self) -> tuple[int, int]:
        """The bytes in the files of standard output and error; 0 where that cannot be told."""
        return _size(self._handles[0]), _size(self._handles[1])

    def mend_streams(self) -> None:
        """Open the streams again if user code has closed them: the next print must not fail.

        What else it has put into their place stays, if it only has ``write`` and ``flush``.
        """
        out, err = self._own
        try:
            if sys.stdout is out and sys.stderr is err and not (out.closed or err.closed):
                return  # before each mini-batch, so this must be quick
        except (AttributeError, ValueError):  # deleted, or detached
            pass
        for name, path in (("stdout", self.stdout), ("stderr", self.stderr)):
            if _is_closed(getattr(sys, name, None)):
                setattr(sys, name, _open_stream(path))

    def set_up_logging(self, level: str) -> None:
        """Send the root logger to the stdout file. INFO and above, DEBUG if the job asks for it."""
        # A stream of its own, since user code may close the other one.
        handler = logging.StreamHandler(_open_stream(self.stdout))
        handler.setFormatter(
            logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(name)s|%(message)s")
        )
        root = logging.getLogger()
        root.addHandler(handler)
        root.setLevel(level)

    def note(self, text: str) -> None:
        """One line on the worker's life."""
        append_line(self.life, _line("INFO", text))

    def user_failed(self, what: str, traceback: str) -> None:
        """A traceback of user code, under a line that says what was being done."""
        append_line(self.user_error, f"{_now()} {what}\n{traceback.rstrip()}\n\n")

    def system_failed(self, what: str, traceback: str) -> None:
        """A traceback of what went wrong outside of user code."""
        append_line(self.system_error, _line("ERROR", f"{what}\n{traceback.rstrip()}"))


def _size(handle: int) -> int:
    try:
        return os.fstat(handle).st_size
    except OSError:  # user code has closed it
        return 0


def _is_closed(stream: TextIO | None) -> bool:
    try:
        return stream is None or bool(stream.closed)
    except AttributeError:
        return False
    except ValueError:  # its buffer was detached
        return True


def _open_stream(path: Path) -> TextIO:
    # Line by line, so that a killed worker's last words are not lost with a buffer. Not on top of
    # descriptor 1 or 2, which user code may close.
    return open_log(path, buffering=1)


def open_log(
    path: Path, mode: str = "a", *, buffering: int = -1, newline: str | None = None
) -> TextIO:
    """The text file, in its folder; that is made if it is not there.

    Somebody may tidy up under a job that runs, while several processes write.
    """
    tries = _TRIES
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open(
                mode, buffering, encoding="utf-8", errors="backslashreplace", newline=newline
            )
            return cast(TextIO, file)
        except FileNotFoundError:
            tries -= 1
            if not tries:
                raise


def _line(level: str, text: str) -> str:
    return f"{_now()}|{level}|{os.getpid()}|{threading.current_thread().name}|{text}\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def append_line(path: Path, text: str) -> None:
    """Add ``text``, which ends with a line's end, to a log."""
    with open_log(path) as file:
        file.write(text)
