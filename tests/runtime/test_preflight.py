"""What is found with a look at files, before any worker starts."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from parallelsdk.runtime.preflight import check, fault_of_script
from tests.runtime.conftest import Bench

GOOD = "def run(paths): return paths\n"


def _problems(bench: Bench) -> list[tuple[str, str]]:
    found = check(bench.pipeline(bench.plan()), bench.job.workspace)
    assert {problem.step for problem in found} <= {"score"}
    return [(problem.part, problem.message) for problem in found]


def test_a_good_step_has_no_problems(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script(GOOD)
    assert _problems(bench) == []


@pytest.mark.parametrize(
    "script",
    [
        "from model import run",
        "import model as run",
        "run = print",
        "try:\n    from a import b as run\nexcept ImportError:\n    def run(m): return m",
        "from model import *",
        "def Run(m): return m",
    ],
)
def test_a_run_that_is_not_defined_on_the_spot_is_believed(bench: Bench, script: str) -> None:
    bench.add_files(1)
    bench.add_script(script)
    assert _problems(bench) == []


def test_a_script_without_run_is_told(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("def init(): pass\ndef main(): run()\n")
    [(part, message)] = _problems(bench)
    assert part == "task.entry_script" and "defines no run(mini_batch)" in message


@pytest.mark.parametrize("rule", ["*.py", "entry*", "**"])
def test_a_script_that_the_rules_of_its_code_leave_out_is_told(bench: Bench, rule: str) -> None:
    bench.add_files(1)
    bench.add_script("def run(paths): return paths\n")
    rules = bench.code / ".amlignore"
    rules.write_text(f"{rule}\n")
    [(part, message)] = _problems(bench)
    assert part == "task.entry_script"
    assert message.startswith(f"{rules} leaves out the entry script entry.py")
    rules.write_text(f"{rule}\n!entry.py\n")
    assert _problems(bench) == []


def test_rules_do_not_count_in_a_copy_that_they_have_shaped(bench: Bench) -> None:
    bench.add_script(GOOD)
    (bench.code / ".amlignore").write_text("*.py\n")
    copied = dataclasses.replace(bench.plan(), code_source="/where/it/came/from")
    assert fault_of_script(copied) == ""
    own = dataclasses.replace(bench.plan(), code_source=str(bench.code))
    assert "leaves out the entry script" in fault_of_script(own)


def test_a_syntax_error_is_told_with_its_line(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("def run(paths):\n    return paths)\n")
    [(_, message)] = _problems(bench)
    assert "entry.py:2" in message


def test_a_script_that_is_not_there_is_told(bench: Bench) -> None:
    bench.add_files(1)
    [(_, message)] = _problems(bench)
    assert "entry.py" in message


def test_a_script_whose_name_no_file_can_have_is_told(bench: Bench) -> None:
    bench.add_files(1)
    bench.add_script("def run(paths): return paths\n")
    plan = dataclasses.replace(bench.plan(), entry_script="x" * 5000 + ".py")
    assert fault_of_script(plan).endswith("x: cannot be read: File name too long")


def test_missing_data_and_missing_code_are_told_together(bench: Bench) -> None:
    shutil.rmtree(bench.data)
    shutil.rmtree(bench.code)
    (data, data_message), (code, _) = _problems(bench)
    assert (data, code) == ("inputs.data", "task.code")
    assert str(bench.data) in data_message


def test_an_empty_folder_is_told(bench: Bench) -> None:
    bench.add_script(GOOD)
    [(part, message)] = _problems(bench)
    assert part == "inputs.data" and str(bench.data) in message


def test_what_an_earlier_step_will_write_is_not_missed(bench: Bench) -> None:
    bench.add_script(GOOD)
    plan = bench.plan()
    port = dataclasses.replace(plan.inputs[0], uri=str(bench.root / "later"), producer="first")
    assert (
        check(bench.pipeline(dataclasses.replace(plan, inputs=(port,))), bench.job.workspace) == []
    )
