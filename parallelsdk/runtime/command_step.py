"""A command step: one shell line in a folder of its own, its words going to one log."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from parallelsdk._start import absolute_entries
from parallelsdk.backends._exec_limit import TooLargeToStart, check_exec
from parallelsdk.backends._reaper import Reaper
from parallelsdk.jobstore.layout import StepFolder, Workspace
from parallelsdk.jobstore.metric_log import STEP_VARIABLE, forget_metrics
from parallelsdk.planning.plan import CommandPlan, Reference
from parallelsdk.runtime.azure_environment import azure_environment
from parallelsdk.runtime.inherited import PYTHONPATH
from parallelsdk.runtime.open_files import under_limit
from parallelsdk.runtime.ports import Ports, Warn, Watch, open_ports
from parallelsdk.runtime.shell_line import shell_line
from parallelsdk.runtime.step_clock import StepClock
from parallelsdk.runtime.step_result import StepResult
from parallelsdk.runtime.stop import Stop
from parallelsdk.storage.snapshot import copy_snapshot, drop_unchanged
from parallelsdk.storage.transfer import remove
from parallelsdk.worker import shims

LOG_NAME = "std_log.txt"
PYTHON_VARIABLE = "PARALLELSDK_PYTHON"  # for the stand-ins: see worker/shims
_TAIL_BYTES = 16 * 1024
_TRACEBACK = "Traceback (most recent call last):"
_CANCEL_POLL_SECONDS = 0.2


def run_command_step(
    plan: CommandPlan,
    folder: StepFolder,
    *,
    workspace: Workspace,
    watch: Watch,
    reaper: Reaper,
    canceled: Stop,
    warn: Warn,
    open_files: int = 0,
    experiment: str = "",
) -> StepResult:
    """Run the step to its end; ``open_files`` is the limit that its command is to find.

    What an earlier run of it has left, killed halfway perhaps, is removed first. Raises
    DataException when an input cannot be delivered.
    """
    outputs = (output.path for output in plan.outputs)
    for path in (str(folder.scratch), str(folder.temporary), *outputs):
        remove(path)
    forget_metrics(folder)
    ports = open_ports(plan, folder, workspace, watch, warn=warn)
    line, values = shell_line(plan.command, ports.value)
    log = folder.logs / LOG_NAME
    environment = _environment(plan, folder, ports, experiment) | values | reaper.environment
    shell = shutil.which("bash") or "sh"
    command = under_limit([shell, "-c", line], open_files, shell)
    try:
        check_exec(command, environment)
    except TooLargeToStart as error:
        message = _named(str(error), plan, values)
        log.write_text(f"{message}\n", encoding="utf-8", errors="backslashreplace")
        return StepResult("Failed", message, str(log))
    folder.temporary.mkdir()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=_working_folder(plan, folder),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    tree = reaper.watch(process.pid)
    try:
        ended = _wait(process, plan.timeout, canceled)
    finally:
        tree.kill()
        process.wait()
        reaper.forget(process.pid)
        remove(str(folder.temporary))
        drop_unchanged(str(folder.scratch))
    if canceled.is_set() and ended != "ended":
        return StepResult("Canceled", canceled.reason, str(log))
    if ended != "ended":
        return StepResult("Failed", f"The command ran longer than {plan.timeout} s.", str(log))
    if process.returncode != 0:
        return StepResult("Failed", _failure(process.returncode, log), str(log))
    return StepResult("Completed")


def _environment(
    plan: CommandPlan, folder: StepFolder, ports: Ports, experiment: str
) -> dict[str, str]:
    """What the command inherits, what Azure's runtime sets, and the step's own, which wins.

    No place of ours but that of the stand-ins is on PYTHONPATH: the command may run another Python.
    """
    azure = azure_environment(plan, folder, ports, experiment=experiment, working=folder.scratch)
    environment = {**os.environ, **azure, **plan.environment_variables}
    # `python` means the one that runs this job, also where no environment is active.
    environment["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), environment.get("PATH", os.defpath)]
    )
    path = environment.get(PYTHONPATH)
    entries = [absolute_entries(path, str(folder.scratch))] if path else []
    environment[PYTHONPATH] = os.pathsep.join([*entries, shims.FOLDER])
    return {**environment, STEP_VARIABLE: str(folder.path), PYTHON_VARIABLE: sys.executable}


def _named(error: str, plan: CommandPlan, values: Mapping[str, str]) -> str:
    """``error`` with placeholders in the place of the variables that carry their values."""
    references = [part for part in plan.command.parts if isinstance(part, Reference)]
    for name, reference in zip(values, references, strict=True):
        error = error.replace(f"{name} (", f"${{{{{reference.kind}.{reference.name}}}}} (")
    return error


def _working_folder(plan: CommandPlan, folder: StepFolder) -> Path:
    """A copy of the code, for the command to run in: the snapshot itself must stay as it is."""
    if plan.code is None:
        folder.scratch.mkdir(exist_ok=True)
    else:
        copy_snapshot(plan.code, str(folder.scratch))
    return folder.scratch


def _wait(process: subprocess.Popen[bytes], timeout: float | None, canceled: Stop) -> str:
    """How it went: "ended" by itself, "timeout" or "canceled"."""
    clock = StepClock(_CANCEL_POLL_SECONDS)
    deadline = None if timeout is None else clock.now() + timeout
    while True:
        try:
            process.wait(_CANCEL_POLL_SECONDS)
            return "ended"
        except subprocess.TimeoutExpired:
            if canceled.is_set():
                return "canceled"
            if deadline is not None and clock.now() > deadline:
                return "timeout"


def _failure(code: int, log: Path) -> str:
    how = f"signal {_signal(-code)}" if code < 0 else f"exit code {code}"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        tail = file.read().decode("utf-8", "backslashreplace").strip().splitlines()
    return f"The command ended with {how}{_cause(tail)}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time one
        return str(number)


def _cause(tail: list[str]) -> str:
    """What the last lines of the output say of the failure: the error of Python's last traceback,
    else the last line, which may be about anything.
    """
    begins = [n for n, line in enumerate(tail) if line == _TRACEBACK]
    for line in tail[begins[-1] + 1 :] if begins else ():
        if line and not line[0].isspace():
            return f": {line}"
    return f"; its last line: {tail[-1]}" if tail else ""
