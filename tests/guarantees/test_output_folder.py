"""An output folder that has content shows it to the step, and gets what the step makes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.guarantees.conftest import Case, until

# What the step sees when it begins, and what it does to it: the worker's folder of outputs.
WORK = (
    "import os, sys\n"
    "def init():\n"
    "    global out\n"
    "    out = sys.argv[-1]\n"
    "def run(paths):\n"
    "    names = [os.path.relpath(os.path.join(folder, name), out)\n"
    "             for folder, _, files in os.walk(out) for name in files]\n"
    "    {}\n"
    "    return [' '.join(sorted(names))]\n"
)
CHANGES = (
    "open(os.path.join(out, 'changed.txt'), 'a').write(' and more'); "
    "os.remove(os.path.join(out, 'below', 'removed.txt')); "
    "os.rmdir(os.path.join(out, 'below')); "
    "open(os.path.join(out, 'new.txt'), 'w').write('new')"
)


@pytest.fixture
def place(case: Case) -> Path:
    """A destination with content, and a job of one mini-batch that works in it."""
    folder = case.project.root / "place"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "removed.txt").write_text("removed")
    (folder / "changed.txt").write_text("changed")
    (folder / "same.txt").write_text("same")
    (folder / "link.txt").symlink_to("nowhere")
    (folder / "parallel_run_step.txt").write_text("rows of an earlier job\n")
    os.mkfifo(folder / "pipe")
    case.files(1)
    case.project.document["outputs"] = {}
    case.project.step["outputs"] = {"names": {"type": "uri_folder", "path": str(folder)}}
    case.words("${{outputs.names}}")
    return folder


def _content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


SHOWN = "below/removed.txt changed.txt same.txt"


def test_a_step_sees_what_its_output_folder_holds_and_changes_it_when_it_ends_well(
    case: Case, place: Path
) -> None:
    case.project.script(WORK.format(CHANGES))
    before = (place / "same.txt").stat()
    case.finish()
    assert _content(place) == {
        "changed.txt": "changed and more",
        "new.txt": "new",
        "parallel_run_step.txt": f"{SHOWN}\n",
        "same.txt": "same",
    }
    assert not (place / "below").exists()
    assert (place / "link.txt").is_symlink() and (place / "pipe").is_fifo()
    after = (place / "same.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns), "delivered"


def test_a_step_that_fails_changes_nothing_in_its_output_folder(case: Case, place: Path) -> None:
    case.project.script(WORK.format(CHANGES + "; raise ValueError('at the end')"))
    case.project.step["retry_settings"] = {"max_retries": 0}
    case.project.step["mini_batch_error_threshold"] = 0
    before = _content(place)
    name = case.submit()
    assert case.ended(name) == "Failed" and "at the end" in case.error(name)
    assert _content(place) == before


def test_a_command_step_sees_it_too_and_may_turn_files_into_folders(
    case: Case, place: Path
) -> None:
    case.project.document["jobs"]["score"] = {
        "type": "command",
        "command": (
            "cd ${{outputs.names}} && cat changed.txt >> same.txt && rm -r below changed.txt"
            " && echo file > below && mkdir changed.txt && echo deep > changed.txt/deep"
        ),
        "environment": "azureml:any:1",
        "outputs": {"names": {"type": "uri_folder", "path": str(place)}},
    }
    case.finish()
    assert _content(place) == {
        "below": "file\n",
        "changed.txt/deep": "deep\n",
        "parallel_run_step.txt": "rows of an earlier job\n",
        "same.txt": "samechanged",
    }


@pytest.mark.parametrize("mode", ["upload", "direct"])
def test_the_modes_that_mount_nothing_show_nothing(case: Case, place: Path, mode: str) -> None:
    case.project.step["outputs"]["names"]["mode"] = mode
    case.project.script(WORK.format("open(os.path.join(out, 'new.txt'), 'w').write('new')"))
    case.finish()
    content = _content(place)
    assert content.pop("parallel_run_step.txt").split() == []
    assert content.pop("new.txt") == "new"
    assert set(content) == {"below/removed.txt", "changed.txt", "same.txt"}


def test_what_a_step_has_written_stays_when_it_goes_on(case: Case, place: Path) -> None:
    """The driver dies when the first mini-batch is done; the second sees what that has made."""
    case.files(2)
    case.project.step["max_concurrency_per_instance"] = 1
    act = (
        "first = os.path.basename(paths[0]) == '0000'\n"
        f"    if first: {CHANGES}\n"
        "    go = os.path.join(os.environ['NOTES'], 'go')\n"
        "    while not first and not os.path.exists(go):\n"
        "        open(os.path.join(os.environ['NOTES'], 'waits'), 'w').close()"
    )
    case.project.script(WORK.format(act))
    name = case.submit()
    until(lambda: (case.notes / "waits").exists())
    case.kill_driver(name)
    (case.notes / "go").touch()
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    rows = (place / "parallel_run_step.txt").read_text().splitlines()
    assert rows == [SHOWN, "changed.txt new.txt same.txt"]
    assert not (place / "below").exists()


def test_a_step_that_sees_other_content_is_never_reused(case: Case, place: Path) -> None:
    del case.project.document["settings"]
    case.project.script(WORK.format("pass"))
    first, second = case.finish(), case.finish()
    reasons = [case.events(name, "step_reuse")[-1].data["reason"] for name in (first, second)]
    assert reasons == ["the destination of an output holds files already, which the step sees"] * 2
