"""GPUs are handed out by slot, as far as somebody has said which there are."""

from __future__ import annotations

import dataclasses

import pytest

from parallelsdk.runtime.gpu import VARIABLE, device_of
from tests.runtime.conftest import Bench


@pytest.mark.parametrize(
    ("listed", "devices"),
    [
        ("0,1", ["0", "1", None]),
        ("3", ["3", None, None]),
        ("GPU-8932f937, MIG-4", ["GPU-8932f937", "MIG-4", None]),
        ("", [None, None, None]),
    ],
)
def test_each_of_the_first_slots_gets_a_device_of_its_own(
    listed: str, devices: list[str | None]
) -> None:
    assert [device_of(slot, {VARIABLE: listed}).get(VARIABLE) for slot in range(3)] == devices


def test_nothing_is_said_where_nobody_said_anything() -> None:
    assert device_of(0, {}) == {}


def test_a_worker_that_follows_another_gets_its_device(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "5,6")
    bench.add_files(3)
    bench.add_script(
        "import os\n"
        "def run(paths):\n"
        "    mark = os.path.join(os.path.dirname(paths[0]), '..', 'died')\n"
        "    if paths[0].endswith('001') and not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        "        os._exit(1)\n"
        "    return [os.environ['CUDA_VISIBLE_DEVICES']]\n"
    )
    assert bench.run(bench.plan()).status == "Completed"
    assert bench.lines == ["5", "5", "5"]
    assert len(list((bench.step.logs / "user" / "stdout" / "0").iterdir())) == 2


def test_what_the_step_says_counts_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "5,6")
    bench.add_files(1)
    bench.add_script("import os\ndef run(paths): return [os.environ['CUDA_VISIBLE_DEVICES']]\n")
    plan = dataclasses.replace(bench.plan(), environment_variables={VARIABLE: "0,1,2"})
    assert bench.run(plan).status == "Completed"
    assert bench.lines == ["0,1,2"]
