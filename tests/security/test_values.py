"""S1, S6: values stay values, and what is secret stays with the processes that it is for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import psutil
import pytest

from parallelsdk import Input, MLClient, command, dsl, load_job
from tests.end_to_end.conftest import Project

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "' && touch pwned; '",
    '" && touch pwned; "',
    "a\nb; touch pwned",
    "${PATH} $HOME ~ * ?",
    "--error_threshold 0 --mini_batch_size=1",
    "{{__import__('os').system('touch pwned')}}",
    "-n \\e[31m \\\\",
    "%s %(x)s {0}",
    "a b\tc ünï",
]
ARGUMENTS = (
    "import json, os, sys\n"
    "def run(mini_batch):\n"
    "    at = sys.argv.index('--value')\n"
    "    with open(os.environ['SEEN'], 'w') as file: json.dump(sys.argv[at + 1 :], file)\n"
    "    return list(mini_batch)\n"
)
PRINTING = "import json, sys; json.dump(sys.argv[2:], open(sys.argv[1], 'w'))"


def pwned(project: Project) -> list[Path]:
    return list(project.root.rglob("pwned"))


def words(values: list[str], reference: str) -> str:
    return " ".join(f"${{{{{reference}.v{n}}}}}" for n in range(len(values)))


@pytest.fixture
def seen(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the entry script tells what arrived; the job has all of ``HOSTILE`` as inputs."""
    file = project.root / "seen.json"
    project.script(ARGUMENTS)
    project.step["environment_variables"] = {"SEEN": str(file)}
    project.step["max_concurrency_per_instance"] = 1
    project.document["inputs"] = {
        f"v{n}": {"type": "string", "default": value} for n, value in enumerate(HOSTILE)
    }
    for number in range(len(HOSTILE)):
        project.step["inputs"][f"v{number}"] = f"${{{{parent.inputs.v{number}}}}}"
    project.step["task"]["program_arguments"] = f"--value {words(HOSTILE, 'inputs')}"
    return file


def test_values_of_a_file_reach_a_script_word_by_word(project: Project, seen: Path) -> None:
    for value in project.document["inputs"]:
        project.document["inputs"][value] = HOSTILE[int(value[1:])]
    done = project.create("--stream")
    assert done.returncode == 0, done.stderr
    assert json.loads(seen.read_text()) == HOSTILE
    assert pwned(project) == []


def test_values_of_the_command_line_reach_a_script_word_by_word(
    project: Project, seen: Path
) -> None:
    for value in project.document["inputs"]:
        project.document["inputs"][value] = "harmless"
    given = [f"--set=inputs.v{n}={json.dumps(value)}" for n, value in enumerate(HOSTILE)]
    done = project.create("--stream", *given)
    assert done.returncode == 0, done.stderr
    assert json.loads(seen.read_text()) == HOSTILE
    assert pwned(project) == []


def test_values_from_python_reach_a_command_word_by_word(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    (project.root / "src" / "show.py").write_text(PRINTING)
    seen = project.root / "seen.json"
    show = command(
        name="show",
        command=f"python show.py ${{{{inputs.out}}}} {words(HOSTILE, 'inputs')}",
        code=str(project.root / "src"),
        environment="azureml:any:1",
        inputs={
            "out": Input(type="string"),
            **{f"v{n}": Input(type="string") for n in range(len(HOSTILE))},
        },
    )

    @dsl.pipeline()
    def hostile() -> None:
        show(out=str(seen), **{f"v{n}": value for n, value in enumerate(HOSTILE)})

    client = MLClient()
    name = client.jobs.create_or_update(hostile()).name
    assert name is not None
    client.jobs.stream(name)
    assert json.loads(seen.read_text()) == HOSTILE
    assert pwned(project) == []


def test_a_value_cannot_set_a_setting(project: Project, seen: Path) -> None:
    project.script(
        "def run(mini_batch):\n"
        "    if not mini_batch[0].endswith('a'): raise ValueError('as planned')\n"
        "    return list(mini_batch)\n"
    )
    for value in project.document["inputs"]:
        project.document["inputs"][value] = "--mini_batch_error_threshold 0 --error_threshold=0"
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    plan = json.loads((project.workspace / "jobs" / "one" / "plan.json").read_text())
    assert plan["steps"][0]["settings"]["error_threshold"] == -1


def test_names_of_files_are_only_names(project: Project) -> None:
    shutil.rmtree(project.root / "data")
    (project.root / "data").mkdir()
    names = ["$(touch pwned)", "`touch pwned`", "a;touch pwned", "${{inputs.x}}", "-rf", "'\n\""]
    for name in names:
        (project.root / "data" / name).write_text("x")
    project.script("def run(mini_batch):\n    return [len(open(p).read()) for p in mini_batch]\n")
    done = project.create("--stream")
    assert done.returncode == 0, done.stderr
    assert pwned(project) == []


def test_a_secret_of_the_environment_is_nowhere_but_in_the_environment(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hush-7c1f-never-tell"
    monkeypatch.setenv("SERVICE_TOKEN", secret)
    project.script(
        "import os, time\n"
        "def run(mini_batch):\n"
        "    assert os.environ['SERVICE_TOKEN'].startswith('hush')\n"
        "    time.sleep(0.3)\n"
        "    if mini_batch[0].endswith('c'): raise ValueError('one fails')\n"
        "    return list(mini_batch)\n"
    )
    project.document["jobs"]["look"] = {
        "type": "command",
        "command": 'test -n "$SERVICE_TOKEN"; sleep 0.5',
        "environment": "azureml:any:1",
    }
    client = MLClient()
    name = client.jobs.create_or_update(load_job(project.write())).name
    assert name is not None
    shown: set[str] = set()
    while client.jobs.get(name).status not in ("Completed", "Failed", "Canceled"):
        for process in psutil.process_iter():
            try:
                shown.update(process.cmdline())
            except psutil.Error:
                continue
    assert client.jobs.get(name).status == "Completed"
    assert any(name in word for word in shown), "the driver was not among the processes seen"
    assert not [word for word in shown if secret in word]
    files = [path for path in project.workspace.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]
