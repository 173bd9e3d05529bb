"""What a killed driver leaves: nothing unfinished lies where a later step or anybody reads data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.guarantees.conftest import Case, until

# Each line of each file, dot files included: whatever the listing of the input finds.
READ = (
    "import os\n"
    "def run(paths):\n"
    "    lines = [(os.path.basename(p), line) for p in paths for line in open(p).read().split()]\n"
    "    return ['|'.join(pair) for pair in lines]\n"
)
NAME = "import os\ndef run(paths): return [os.path.basename(p) for p in paths]\n"


def _reader(case: Case, rows: object) -> dict[str, object]:
    """A step that returns all lines of all files."""
    (case.project.root / "read").mkdir(exist_ok=True)
    (case.project.root / "read" / "entry.py").write_text(READ)
    case.project.document["outputs"] = {"names": {"type": "uri_file"}}
    return {
        "type": "parallel",
        "inputs": {"rows": rows},
        "outputs": {"names": "${{parent.outputs.names}}"},
        "input_data": "${{inputs.rows}}",
        "mini_batch_size": "1",
        "error_threshold": -1,
        "task": {
            "type": "run_function",
            "code": "./read",
            "entry_script": "entry.py",
            "append_row_to": "${{outputs.names}}",
            "environment": "azureml:any:1",
        },
    }


def _left_over(*folders: Path) -> list[str]:
    """What bears the name of something that is not finished."""
    words = ("partial", "unfinished", ".parallelsdk-")
    found = [path for folder in folders for path in folder.rglob("*")]
    return [str(path) for path in found if any(word in path.name for word in words)]


def _killed_before(case: Case, hooks: pytest.MonkeyPatch, rename_to: str) -> str:
    """A job whose driver dies before it moves something to a path with that text; its name."""
    hooks.setenv("GUARANTEE_RENAME", rename_to)
    name = case.submit()
    until(lambda: case.status(name) == "NotResponding", 90, "the hook does not kill")
    hooks.delenv("GUARANTEE_RENAME")
    return name


def test_a_driver_killed_in_the_merge_doubles_no_row_for_the_next_step(
    case: Case, hooks: pytest.MonkeyPatch
) -> None:
    names = case.files(6)
    case.project.script(NAME)
    case.project.step["outputs"] = {"names": {"type": "uri_folder"}}
    reader = _reader(case, "${{parent.jobs.score.outputs.names}}")
    case.project.document["jobs"]["read"] = reader
    name = _killed_before(case, hooks, "parallel_run_step.txt")
    assert os.listdir(case.step(name) / "outputs" / "names") == []
    assert case.client.jobs.resume(name)
    assert case.ended(name, 90) == "Completed", case.error(name)
    expected = [f"parallel_run_step.txt|{row}" for row in names]
    assert case.output(name).decode().split() == expected
    assert _left_over(case.project.workspace) == []


@pytest.mark.parametrize("is_there", [True, False], ids=["into a folder", "as a new folder"])
def test_a_driver_killed_while_it_delivers_leaves_nothing_that_is_read_as_data(
    case: Case, hooks: pytest.MonkeyPatch, is_there: bool
) -> None:
    names = case.files(6)
    place = case.project.root / "shared" / "results"
    place.parent.mkdir()
    (place.parent / "other.txt").write_text("other")
    before = ["other.txt|other"]
    if is_there:
        place.mkdir()
        (place / "mine.txt").write_text("mine")
        before.append("mine.txt|mine")
    case.project.script(NAME)
    case.project.document["outputs"] = {}
    case.project.step["outputs"] = {"names": {"type": "uri_folder", "path": str(place)}}
    name = _killed_before(case, hooks, str(place))
    # Whoever lists the folder, or the one above, meets nothing unfinished, even now.
    shared = {"type": "uri_folder", "path": str(place.parent)}
    case.project.document["jobs"] = {"read": _reader(case, shared)}
    assert sorted(case.output(case.finish()).decode().split()) == sorted(before)
    assert case.client.jobs.resume(name)
    assert case.ended(name, 90) == "Completed", case.error(name)
    rows = [f"parallel_run_step.txt|{row}" for row in names]
    assert sorted(case.output(case.finish()).decode().split()) == sorted([*before, *rows])
    assert _left_over(case.project.workspace, place.parent) == []


def test_a_driver_killed_while_it_brings_an_input_leaves_nothing_of_it(
    case: Case, hooks: pytest.MonkeyPatch
) -> None:
    names = case.files(6)
    case.project.script(NAME)
    case.project.step["inputs"]["files"]["mode"] = "download"
    name = _killed_before(case, hooks, "inputs/files/data")
    assert case.client.jobs.resume(name)
    assert case.ended(name, 90) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names
    assert _left_over(case.project.workspace) == []


def test_an_output_that_cannot_be_trusted_never_appears_under_its_name(case: Case) -> None:
    """A segment that is lost while the step runs: fewer rows than the scheduler counted."""
    names = case.files(4)
    case.project.step["max_concurrency_per_instance"] = 1
    case.project.script(
        "import glob, os\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    if name == '0002' and not os.path.exists(os.environ['NOTES'] + '/torn'):\n"
        "        open(os.environ['NOTES'] + '/torn', 'w').close()\n"
        "        for path in glob.glob(os.path.join(os.environ['STEP'], 'segments', '*.seg')):\n"
        "            os.truncate(path, 0)\n"
        "    return [name]\n"
    )
    case.variables(STEP=str(case.project.workspace / "jobs" / "torn" / "steps" / "score"))
    case.project.document["name"] = "torn"
    name = case.submit()
    assert case.ended(name) == "Failed"
    assert "4 mini-batches were committed, but" in case.error(name)
    assert not case.target(name).exists()
    assert case.client.jobs.resume(name)
    assert case.ended(name) == "Completed", case.error(name)
    assert case.output(name).decode().split() == names


def test_a_merge_of_more_worker_lives_than_files_may_be_open_completes(case: Case) -> None:
    """The segments of a job are spread over many lives, as deaths and resumes would have done."""
    names = case.files(700)
    case.project.script(NAME)
    case.project.step["mini_batch_error_threshold"] = 0
    case.variables(STOP=str(case.notes / "go"))
    case.project.script(
        "import os\n"
        "def run(paths):\n"
        "    name = os.path.basename(paths[0])\n"
        "    if name == '0699' and not os.path.exists(os.environ['STOP']): raise OSError('stop')\n"
        "    return [name]\n"
    )
    case.project.step["retry_settings"] = {"max_retries": 0}
    name = case.submit()
    assert case.ended(name, 120) == "Failed"
    _spread(case.step(name) / "segments")
    (case.notes / "go").touch()
    limited = case.command("job", "resume", "-n", name, "--stream", preexec_fn=_few_files)
    _, told = limited.communicate(timeout=150)
    assert limited.returncode == 0, told
    assert case.output(name).decode().split() == names


def _few_files() -> None:
    import resource

    # The hard limit as well: a driver may raise the soft one.
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


def _spread(segments: Path) -> None:
    """Give each frame a segment of its own."""
    from parallelsdk.worker.segment import Segment

    life = 100
    for path in sorted(segments.glob("*.seg")):
        with Segment(path) as segment:
            for frame in segment.frames():
                with segment.record(frame) as record:
                    (segments / f"0.0.{life}.seg").write_bytes(record)
                life += 1
        path.unlink()
    assert life > 700


def test_a_download_of_a_folder_passes_over_what_is_being_delivered_there(case: Case) -> None:
    place = case.project.root / "results"
    case.files(2)
    case.project.script(NAME)
    case.project.document["outputs"] = {}
    case.project.step["outputs"] = {"names": {"type": "uri_folder", "path": str(place)}}
    name = case.finish()
    half = place / ".parallelsdk-0123456789abcdef"
    half.mkdir()
    (half / "parallelsdk.unfinished").touch()
    (half / "new").write_text("half")
    case.client.jobs.download(name, download_path=case.project.root / "got", output_name="names")
    files = [path.name for path in (case.project.root / "got").rglob("*") if path.is_file()]
    assert files == ["parallel_run_step.txt"]
    shutil.rmtree(half)
