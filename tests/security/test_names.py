"""S2, S7: names stay inside the workspace, and the workspace belongs to its owner."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from parallelsdk import MLClient, load_job
from parallelsdk.entities import Data, Environment
from parallelsdk.exceptions import MlException
from tests.end_to_end.conftest import Project

BAD_NAMES = [
    "../escaped",
    "a/b",
    "/tmp/escaped",
    "..",
    ".",
    "-rf",
    "a\0b",
    "a\nb",
    "a b",
    "x" * 300,
    "#frag",
    "?query",
    "%2e%2e%2fescaped",
    "\x1b[31mred",
    "ünï",
]


@pytest.fixture
def surroundings(project: Project) -> Iterator[None]:
    """Nothing beside the workspace and the project's own files is made or changed."""

    def outside() -> set[Path]:
        found = set(project.root.parent.rglob("*")) if project.root.parent.exists() else set()
        return {
            path
            for path in found
            if not path.is_relative_to(project.workspace)
            and not path.is_relative_to(project.root / "got")
            and path != project.file
        }

    project.write()
    before = outside()
    yield
    assert outside() == before


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_job_with_a_name_that_is_none_is_refused(project: Project, name: str) -> None:
    if "\0" not in name:  # no command line can hold that
        done = project.run("job", "create", "-f", "pipeline.yml", f"--name={name}")
        assert done.returncode == 2, (done.returncode, done.stderr)
        assert "Traceback" not in done.stderr and "\x1b" not in done.stderr
    job = load_job(project.file)
    job.name = name
    with pytest.raises(MlException):
        MLClient().jobs.create_or_update(job)
    assert project.jobs() == []


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("verb", ["show", "stream", "cancel", "resume", "download"])
@pytest.mark.parametrize("name", ["../jobs", "/etc", "..", "a/../../x", "\x1b[31mx"])
def test_no_command_follows_a_name_out_of_the_workspace(
    project: Project, verb: str, name: str
) -> None:
    done = project.run("job", verb, f"--name={name}")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_asset_with_a_name_that_is_none_is_refused(project: Project, name: str) -> None:
    client = MLClient()
    with pytest.raises(MlException):
        client.environments.create_or_update(Environment(name=name, image="x"))
    with pytest.raises(MlException):
        client.data.create_or_update(Data(name=name, version="1", path="data"))
    with pytest.raises(MlException):
        client.data.create_or_update(Data(name="good", version=name, path="data"))


@pytest.mark.parametrize("part", ["step", "output", "pipeline output"])
@pytest.mark.parametrize("name", ["../x", "a/b", "..", "x y", "a\nb"])
def test_a_part_with_a_name_that_is_none_is_refused(project: Project, part: str, name: str) -> None:
    document = project.document
    if part == "step":
        document["jobs"][name] = document["jobs"].pop("score")
    elif part == "output":
        project.step["outputs"] = {name: "${{parent.outputs.names}}"}
        project.step["task"]["append_row_to"] = f"${{{{outputs.{name}}}}}"
    else:
        document["outputs"] = {name: {"type": "uri_file"}}
        project.step["outputs"] = {"names": f"${{{{parent.outputs.{name}}}}}"}
    done = project.create("--stream")
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert project.jobs() == []


def test_a_link_in_an_output_does_not_lead_a_download_astray(project: Project) -> None:
    secret, victim = project.root / "secret", project.root / "victim"
    secret.write_text("mine")
    victim.mkdir()
    project.step["outputs"]["more"] = {"type": "uri_folder"}
    project.document["outputs"]["more"] = {"type": "uri_folder"}
    project.step["outputs"]["more"] = "${{parent.outputs.more}}"
    project.step["task"]["program_arguments"] = "--more ${{outputs.more}}"
    project.script(
        "import os, sys\n"
        "def init():\n"
        "    more = sys.argv[sys.argv.index('--more') + 1]\n"
        f"    for name, to in (('out', {str(victim)!r}), ('loop', more), ('gone', '/no/where')):\n"
        "        if not os.path.lexists(os.path.join(more, name)):\n"
        "            try: os.symlink(to, os.path.join(more, name))\n"
        "            except FileExistsError: pass\n"
        "def run(paths): return [os.path.basename(p) for p in paths]\n"
    )
    done = project.create("-n", "one", "--stream")
    assert done.returncode == 0, done.stderr
    (project.root / "got" / "named-outputs").mkdir(parents=True)
    (project.root / "got" / "named-outputs" / "more").symlink_to(victim)
    project.run("job", "download", "-n", "one", "--all", "-p", "got")
    assert list(victim.iterdir()) == []


def test_a_workspace_is_its_owners_whatever_the_umask(project: Project) -> None:
    before = os.umask(0)
    try:
        done = project.create("-n", "one", "--stream")
        MLClient().environments.create_or_update(Environment(name="mine", image="x"))
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(project.workspace.stat().st_mode) == 0o700
    found = [path for path in project.workspace.rglob("*") if not path.is_symlink()]
    assert len(found) > 20
    others = [path for path in found if path.stat().st_mode & 0o022]
    assert others == []
