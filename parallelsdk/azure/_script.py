"""Runs a script of Azure's as ``python script.py`` would, with ``azure.ai.ml`` played."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import threading
from collections.abc import Iterator, Sequence

from parallelsdk._streams import plug_closed_streams
from parallelsdk.azure._frames import user_traceback
from parallelsdk.azure._stage import playing

FAILED = 1


def run_script(
    path: str | os.PathLike[str], arguments: Sequence[str] = (), *, debug: bool = False
) -> int:
    """Run the script at ``path`` as ``__main__`` and return the exit code that it deserves.

    ``sys.argv``, ``sys.path`` and the current folder are put back afterwards. An exception that the
    script does not catch is printed to standard error, without the frames of parallelsdk unless
    ``debug``; KeyboardInterrupt is passed on.
    """
    plug_closed_streams()
    script = os.path.abspath(path)
    with playing(), _as_main(script, arguments):
        before = set(threading.enumerate())
        try:
            runpy.run_path(script, run_name="__main__")
            code = 0
        except SystemExit as leaving:
            code = _exit_code(leaving)
        except Exception as error:
            print(user_traceback(error, everything=debug), end="", file=sys.stderr)
            code = FAILED
        _wait_for_threads(before)
    return code


@contextlib.contextmanager
def _as_main(script: str, arguments: Sequence[str]) -> Iterator[None]:
    """The surroundings that Python gives a script; afterwards those that there were."""
    argv, paths, folder = sys.argv, sys.path, os.getcwd()
    sys.argv = [script, *arguments]
    sys.path = [os.path.dirname(os.path.realpath(script)), *paths]
    try:
        yield
    finally:
        sys.argv, sys.path = argv, paths
        # The folder may be gone; the one that the script chose is then as good as any.
        with contextlib.suppress(FileNotFoundError):
            os.chdir(folder)


def _wait_for_threads(before: set[threading.Thread]) -> None:
    """Wait, as Python does at its end, for threads that may still import what is played."""
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join()


def _exit_code(leaving: SystemExit) -> int:
    """What ``sys.exit(...)`` means: nothing is 0, a number itself, anything else a message."""
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return int(leaving.code)
    print(leaving.code, file=sys.stderr)
    return FAILED
