"""A notebook's cells in a kernel of this Python, their outputs shown as they come.

nbclient and its relatives enter here. They come with an extra, so this module is imported only when
it is certain that they are there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from typing import Any, cast

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from parallelsdk.azure._frames import is_ours
from parallelsdk.exceptions import ValidationException

_nbformat: Any = nbformat  # its functions have no types

COMPLETED, FAILED = 0, 1
_SETUP = "%load_ext parallelsdk.azure"
# Its warnings would come before the line that says who plays; its errors are shown.
_QUIETLY = ["--log-level=ERROR"]
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FRAME_FILE = re.compile(r"^File (.+?):\d+")


def execute(path: str, *, output: str | os.PathLike[str] | None, debug: bool) -> int:
    """Run the notebook at the absolute ``path``; see ``run_notebook``."""
    notebook = _read(path)
    notebook.cells.insert(0, _nbformat.v4.new_code_cell(_SETUP))
    try:
        return _run_cells(notebook, path, debug=debug)
    finally:
        announcement = notebook.cells.pop(0).outputs
        first = next((cell for cell in notebook.cells if cell.cell_type == "code"), None)
        if first is not None:
            first.outputs[:0] = announcement
        if output is not None:
            _nbformat.write(notebook, output)


def _run_cells(notebook: nbformat.NotebookNode, path: str, *, debug: bool) -> int:
    """All cells in order; the first is ours and does not count."""
    manager = AsyncKernelManager(kernel_spec_manager=_ThisPython())
    client = _Client(
        notebook, km=manager, timeout=None, coalesce_streams=True, extra_arguments=_QUIETLY
    )
    client.reset_execution_trackers()
    code = asyncio.run(_run_in_kernel(client, notebook, path, debug=debug))
    if code is None:
        raise KeyboardInterrupt
    return code


async def _run_in_kernel(
    client: _Client, notebook: nbformat.NotebookNode, path: str, *, debug: bool
) -> int | None:
    """The exit code; None when Ctrl-C came. The kernel has ended in any case."""
    this = cast("asyncio.Task[None]", asyncio.current_task())
    async with client.async_setup_kernel(cwd=os.path.dirname(path), cleanup_kc=True):
        # nbclient's own answer to Ctrl-C leaves tasks behind, and their tracebacks on the screen.
        with contextlib.suppress(RuntimeError, ValueError):  # not in the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, this.cancel)
        for index, cell in enumerate(notebook.cells):
            try:
                await client.async_execute_cell(cell, index, store_history=index > 0)
            except CellExecutionError:
                trace = next(o.traceback for o in cell.outputs if o.output_type == "error")
                reason = "\n".join(_user_frames(trace, everything=debug))
            except DeadKernelError:  # nbclient's word for a cancelled task, too
                if this.cancelling():
                    client.shutdown_kernel = "immediate"  # it is busy, and would complain
                    return None
                reason = "The kernel died."
            else:
                continue
            _tell_failure(path, index, cell, reason)
            return FAILED
    return COMPLETED


def _tell_failure(path: str, index: int, cell: nbformat.NotebookNode, text: str) -> None:
    """Which cell it was, counted from 1 without our own, and why."""
    count = f" (In [{cell.execution_count}])" if cell.execution_count else ""
    print(f"{os.path.basename(path)}: cell {index}{count} failed", file=sys.stderr)
    print(text, file=sys.stderr)


def _user_frames(trace: list[str], *, everything: bool) -> list[str]:
    """IPython's parts of a traceback, one per frame, without ours; no colours off a terminal."""
    if not sys.stderr.isatty():
        trace = [_COLOURS.sub("", part) for part in trace]
    if everything:
        return trace
    return [part for part in trace if not _is_our_frame(part)]


def _is_our_frame(part: str) -> bool:
    found = _FRAME_FILE.match(_COLOURS.sub("", part).lstrip())
    return found is not None and is_ours(os.path.expanduser(found[1]))


def _read(path: str) -> nbformat.NotebookNode:
    """The notebook, in the newest form; ValidationException when the file is none."""
    try:
        notebook: nbformat.NotebookNode = _nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:200]
        raise ValidationException(f"{path} is not a notebook: {reason}") from error
    return notebook


class _ThisPython(KernelSpecManager):  # type: ignore[misc, unused-ignore]
    """Every kernel is the Python that runs parallelsdk, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The same answer to every name."""
        return KernelSpec(**get_kernel_dict())


class _Client(NotebookClient):  # type: ignore[misc, unused-ignore]
    """Shows outputs when they arrive; what else happens to them is nbclient's business."""

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """One output of a cell."""
        kept = super().output(outs, msg, display_id, cell_index)
        content = msg["content"]
        if cell_index == 0:
            return kept  # the announcement, which stands on the screen already
        if msg["msg_type"] == "stream":
            stream = sys.stderr if content["name"] == "stderr" else sys.stdout
            print(content["text"], end="", file=stream, flush=True)
        elif "text/plain" in content.get("data", {}):
            print(content["data"]["text/plain"], flush=True)
        return kept
