"""The step's own pages in the log tree: readme.txt, job_result.txt, the progress overview.

The workers write theirs themselves; this is what the driver adds, under Azure's names.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from parallelsdk.runtime.scheduler import Counts

JOB_RESULT = "job_result.txt"
OVERVIEW_SECONDS = 10.0

# Azure's; all mini-batches are planned before the first one runs.
_PROGRESS_COLUMNS = (
    "Datetime",
    "Total Tasks",
    "Scheduled Tasks",
    "Completed Tasks",
    "Failed Tasks",
    "Elapsed",
    "Estimated Remaining",
)
_README = """\
What lies in this folder, of which this is the readme.txt

  job_result.txt                        how the step ended, and where to look first if it failed
  job_progress_overview.<date>.txt      how it went on, a line every ten seconds
  job_error.<date>.txt                  each error of user code once more, shortened
  user/error/<node>/<process>.txt       the full tracebacks of init, run and shutdown
  user/stdout/<node>/<process>.stdout.txt   what the entry script printed and logged
  user/stderr/<node>/<process>.stderr.txt   what it wrote to standard error
  sys/node/<node>/<process>.txt         the life of each worker process
  sys/error/<node>/<process>.txt        why a worker process was killed or how it died
  sys/metrics/progress.csv              how far the step was, a row every ten seconds
  sys/job_report/processed_mini-batches.csv   one row per attempt of a mini-batch
  sys/job_report/process_summary.csv    what each worker process did, in sums
  sys/job_report/node_summary.csv       the same for each instance
  sys/job_report/resume_reasons.csv     after a resume: why each mini-batch ran
  sys/job_report/input_files.csv        where steps may be reused: the files of the inputs
  sys/perf/<node>/*.csv                 what the machine and the processes used, over time

<node> is the number of the instance, <process> the worker's name. A worker that died or was killed
is followed by one with a new number, so there can be more processes than slots.
"""


class StepLogs:
    """The driver's pages below a step's ``logs`` folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)
        (root / "readme.txt").write_text(_README, encoding="utf-8")
        day = datetime.now(UTC).strftime("%Y%m%d")
        self._overview = root / f"job_progress_overview.{day}.txt"
        self._errors = root / f"job_error.{day}.txt"
        self._began = time.monotonic()
        self._last_line = self._began

    @property
    def result(self) -> Path:
        """The page that says how the step ended."""
        return self._root / JOB_RESULT

    @property
    def report(self) -> Path:
        """The table of attempts."""
        return self._root / "sys" / "job_report" / "processed_mini-batches.csv"

    @property
    def performance(self) -> Path:
        """The tables of the resource monitor, by node."""
        return self._root / "sys" / "perf"

    @property
    def resume_reasons(self) -> Path:
        """Why each mini-batch of a resumed step runs."""
        return self._root / "sys" / "job_report" / "resume_reasons.csv"

    def note(self, text: str) -> None:
        """One line in the progress overview."""
        _append(self._overview, f"{_now()} {text}\n")

    def progress(self, counts: Counts, total: int, *, last: bool = False) -> None:
        """A line on how far the step is, at most one every ten seconds, and the last one."""
        now = time.monotonic()
        if now - self._last_line < OVERVIEW_SECONDS and not last:
            return
        self._last_line = now
        ended = counts.done + counts.failed
        seconds = now - self._began
        left = seconds / ended * (total - ended) if ended else None
        self._metrics(counts, total, seconds, left)
        if left is None:
            self.note("No mini-batch has been processed yet.")
            return
        self.note(
            f"Processed {ended} of {total} mini-batches in {seconds:.0f} s, "
            f"{counts.failed} of them failed; about {left:.0f} s remain."
        )

    def _metrics(self, counts: Counts, total: int, seconds: float, left: float | None) -> None:
        path = self._root / "sys" / "metrics" / "progress.csv"
        if not path.exists():
            _append(path, f"{','.join(_PROGRESS_COLUMNS)}\n")
        remaining = "" if left is None else f"{left:.1f}"
        row = (_now(), total, total, counts.done, counts.failed, f"{seconds:.1f}", remaining)
        _append(path, ",".join(map(str, row)) + "\n")

    def error(self, what: str, message: str) -> None:
        """One line on an error of user code."""
        _append(self._errors, f"{_now()} {what}: {message}\n")

    def worker_lost(self, worker: str, why: str) -> None:
        """One line on a worker, ``<node>/<process>``, that was killed or has died."""
        _append(self._root / "sys" / "error" / f"{worker}.txt", f"{_now()} {why}\n")

    def finish(self, status: str, error: str | None, look_at: str | None, counts: str) -> None:
        """Write job_result.txt; its first line is the outcome with its cause."""
        lines = [f"{status}: {error}" if error else status, ""]
        if counts:
            lines += [counts, ""]
        if look_at:
            lines += [f"Look first at {look_at}", "What the other files are is in readme.txt", ""]
        self.result.write_text("\n".join(lines), encoding="utf-8", errors="backslashreplace")
        self.note(f"The step ended: {status}.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
