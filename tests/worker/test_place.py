"""What an entry script may ask Azure's runtime for, it may ask here too."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from parallelsdk.worker import place
from parallelsdk.worker.place import EntryScript, Place
from tests.runtime.conftest import Bench, bench

__all__ = ["bench"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    mine = Place("process007", tmp_path / "logs" / "0", tmp_path / "out", tmp_path, "DEBUG")
    monkeypatch.setattr(place, "_place", mine)
    yield tmp_path
    logger = EntryScript().logger
    for handler in list(logger.handlers):
        handler.close()
        logger.removeHandler(handler)


def test_the_logger_writes_to_a_log_of_the_scripts_own(here: Path) -> None:
    EntryScript().logger.debug("a word")
    assert "a word" in (here / "logs" / "0" / "process007.log.txt").read_text()


def test_every_instance_says_the_same_and_survives_pickling(here: Path) -> None:
    again = pickle.loads(pickle.dumps(EntryScript()))
    assert (again.agent_name, again.working_dir) == ("process007", str(here))
    assert Path(again.output_dir).is_dir()


def test_azures_import_works_in_a_worker(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(
        "import os\n"
        "from azureml_user.parallel_run import EntryScript\n"
        "def init():\n"
        "    os.makedirs(EntryScript().log_dir, exist_ok=True)\n"
        "    EntryScript().logger.info('hello from init')\n"
        "def run(paths):\n"
        "    script = EntryScript()\n"
        "    return [f'{script.agent_name} {script.output_dir}']\n"
    )
    assert bench.run(bench.plan()).status == "Completed"
    assert bench.lines == [f"process000 {bench.output.parent}"]
    log = bench.step.logs / "user" / "entry_script_log" / "0" / "process000.log.txt"
    assert "hello from init" in log.read_text()
