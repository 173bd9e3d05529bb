"""A job that an earlier release began can be gone on with, and mixes no two states of its input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.data.mini_batch import MiniBatchTable
from parallelsdk.exceptions import DataException
from tests.data.conftest import write_old_plan
from tests.runtime.conftest import Bench

SCRIPT = (
    "import os\n"
    "def run(paths):\n"
    "    name = os.path.basename(paths[0])\n"
    "    if name == '002' and not os.path.exists(os.path.dirname(paths[0]) + '/../go'):\n"
    "        raise OSError('not yet')\n"
    "    return [open(paths[0]).read()]\n"
)


def _as_it_was_written(path: Path) -> None:
    """Write the plan anew in the form that it had: bytes of Arrow alone, and no states."""
    before = path.stat()
    with MiniBatchTable(str(path)) as table:
        names = [table.paths(number)[0] for number in range(table.count)]
    write_old_plan(path, names)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def stopped(bench: Bench) -> Bench:
    """A step of which two mini-batches are done and the third has failed."""
    bench.add_files(4)
    bench.add_script(SCRIPT)
    result = bench.run(bench.plan(max_retries=0, mini_batch_error_threshold=0))
    assert result.status == "Failed"
    _as_it_was_written(bench.step.mini_batches)
    (bench.root / "go").touch()
    return bench


def test_a_step_with_an_old_plan_goes_on(stopped: Bench) -> None:
    assert stopped.run(stopped.plan()).status == "Completed"
    assert stopped.lines == ["000", "001", "002", "003"]
    with MiniBatchTable(str(stopped.step.mini_batches)) as table:
        assert table.has_states


def test_a_change_since_an_old_plan_is_told(stopped: Bench) -> None:
    plan = stopped.step.mini_batches.stat().st_mtime
    (stopped.data / "000").write_text("other")
    os.utime(stopped.data / "000", (plan + 5, plan + 5))
    with pytest.raises(DataException, match="000 has changed since the job began"):
        stopped.run(stopped.plan())
