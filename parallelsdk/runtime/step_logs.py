"""The driver's pages in a step's log tree, under Azure's names.

The workers write theirs themselves; what they can no longer tell, because they were killed, the
driver tells in their place.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from parallelsdk.runtime.progress import Progress
from parallelsdk.runtime.scheduler import Counts
from parallelsdk.worker.logs import append_line, open_log

JOB_RESULT = "job_result.txt"

_README = """\
What lies in this folder, of which this is the readme.txt

  job_result.txt                        how the step ended, and where to look first if it failed
  job_progress_overview.<date>.txt      how it went on, a line every ten seconds
  job_error.<time>.txt                  each error of user code once more, shortened
  user/entry_script_log/<node>/<process>.log.txt   what went to EntryScript().logger
  user/error/<node>/<process>.txt       the full tracebacks of init, run and shutdown
  user/stdout/<node>/<process>.stdout.txt   what the entry script printed and logged
  user/stderr/<node>/<process>.stderr.txt   what it wrote to standard error
  sys/master_role.<time>.txt            the stages of the step, as its driver saw them
  sys/node/<node>/<process>.txt         the life of each worker process
  sys/node/<node>/<process>.profile     its profile, with --profiling_module
  sys/node/<node>/_main.txt             which processes were started, and which were lost
  sys/error/<node>/<process>.txt        time-outs, deaths, mini-batches that could not be read
  sys/error/_main.txt                   an error of the driver itself
  sys/job_report/processed_mini-batches.csv   one row per attempt of a mini-batch
  sys/job_report/process_summary.csv    the same, added up for each process
  sys/job_report/node_summary.csv       the same, added up for each node
  sys/job_report/resume_reasons.csv     after a resume: why each mini-batch ran
  sys/job_report/input_files.csv        where steps may be reused: the files of the inputs,
  sys/job_report/module_files.csv       the modules on PYTHONPATH,
  sys/job_report/environment.csv        and keyed digests of the inherited variables
  uploaded/                             what the step's code has uploaded to its run
  sys/metrics/<time>/progress.csv       how far the step was, a row every ten seconds
  sys/perf/<node>/*.csv                 what the machine and the processes used, over time

<node> is the number of the instance, <process> the worker's name. A worker that died or was killed
is followed by one with a new number, so there can be more processes than slots. <time> is when the
driver began; a step that is resumed has one more of these files.
"""


class StepLogs:
    """The driver's pages below a step's ``logs`` folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with open_log(root / "readme.txt", "w") as file:
            file.write(_README)
        began = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        self._errors = root / f"job_error.{began}.txt"
        self._stages = root / "sys" / f"master_role.{began}.txt"
        self._progress = Progress(root / "sys" / "metrics" / began / "progress.csv", self.note)

    @property
    def result(self) -> Path:
        """The page that says how the step ended."""
        return self._root / JOB_RESULT

    @property
    def reports(self) -> Path:
        """The folder of the reports on the attempts."""
        return self._root / "sys" / "job_report"

    @property
    def performance(self) -> Path:
        """The tables of the resource monitor, by node."""
        return self._root / "sys" / "perf"

    @property
    def resume_reasons(self) -> Path:
        """Why each mini-batch of a resumed step runs."""
        return self.reports / "resume_reasons.csv"

    def note(self, text: str) -> None:
        """One line in the progress overview, of which there is one for each day."""
        day = datetime.now(UTC).strftime("%Y%m%d")
        append_line(self._root / f"job_progress_overview.{day}.txt", f"{_now()} {text}\n")

    def progress(self, counts: Counts, total: int, *, last: bool = False) -> None:
        """How far the step is; told at most every ten seconds, and at the end."""
        self._progress.tell(counts, total, last=last)

    def stage(self, text: str) -> None:
        """One line on a stage that the step has reached."""
        append_line(self._stages, f"{_now()}|INFO|{os.getpid()}|{text}\n")

    def error(self, what: str, message: str) -> None:
        """One line on an error of user code."""
        append_line(self._errors, f"{_now()} {what}: {message}\n")

    def worker(self, key: str, text: str) -> None:
        """One line on the life of the worker ``key`` ("0/process000"), as its driver saw it."""
        node, _, name = key.partition("/")
        line = f"{_now()}|INFO|{os.getpid()}|{name}|{text}\n"
        append_line(self._root / "sys" / "node" / node / "_main.txt", line)

    def lost(self, key: str, text: str) -> None:
        """The same, and an error: what the worker cannot tell itself any more."""
        self.worker(key, text)
        append_line(self.worker_error(key), f"{_now()}|ERROR|{os.getpid()}|{text}\n")

    def worker_error(self, key: str) -> Path:
        """The page on what went wrong with the worker outside of the user's code."""
        return self._root / "sys" / "error" / f"{key}.txt"

    def user_error(self, key: str) -> Path:
        """The page with the tracebacks of the user's code in the worker."""
        return self._root / "user" / "error" / f"{key}.txt"

    def driver_failed(self, traceback: str) -> Path:
        """The page with an error of the driver itself."""
        path = self._root / "sys" / "error" / "_main.txt"
        append_line(path, f"{_now()}|ERROR|{os.getpid()}|{traceback.rstrip()}\n")
        return path

    def finish(self, status: str, error: str | None, look_at: str | None, *paragraphs: str) -> None:
        """Write job_result.txt; its first line is the outcome with its cause."""
        lines = [f"{status}: {' '.join(error.split())}" if error else status, ""]
        if error and len(error.splitlines()) > 1:
            lines += [error.rstrip(), ""]
        for paragraph in filter(None, paragraphs):
            lines += [paragraph, ""]
        if look_at:
            lines += [f"Look first at {look_at}", "What the other files are is in readme.txt", ""]
        with open_log(self.result, "w") as file:
            file.write("\n".join(lines))
        self.note(f"The step ended: {status}.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
