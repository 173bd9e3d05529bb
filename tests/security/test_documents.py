"""S3: YAML is data, of bounded size; whatever is wrong with it is a message."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Project

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
DOCUMENTS = {
    "a call": "type: pipeline\nx: !!python/object/apply:os.system ['touch pwned']\n",
    "a new object": "!!python/object/new:os.system ['touch pwned']\n",
    "a name": "type: !!python/name:os.system\n",
    "a module": "type: !!python/module:antigravity\n",
    "a tag of its own": "type: !mine {a: 1}\n",
    "a bomb of aliases": BOMB + "type: pipeline\njobs: *a11\n",
    "a cycle of aliases": "type: pipeline\njobs: &a {again: *a}\n",
    "merges without end": "a: &a {<<: *a}\n",
    "lists in lists": "[" * 100_000,
    "maps in maps": "".join(f"{' ' * n}a:\n" for n in range(3_000)),
    "a huge text": "type: pipeline\ndescription: " + "x" * 20_000_000 + "\n",
    "a huge number": "type: pipeline\nversion: " + "9" * 100_000 + "\n",
    "not YAML": "type: [pipeline\n  : : {\n",
    "a list": "- type: pipeline\n",
    "a text": "pipeline\n",
    "nothing": "",
    "bytes": "\x00\x01\x02\xff",
    "two documents": "type: pipeline\n---\ntype: pipeline\n",
    "a name twice": "type: pipeline\ntype: command\n",
}
MOST_SECONDS, MOST_BYTES = 20, 700 * 1024**2


def _run(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))

    return subprocess.run(
        [sys.executable, "-m", "parallelsdk", *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
        preexec_fn=bound,
    )


def _refused(project: Project, done: subprocess.CompletedProcess[str], file: str) -> None:
    assert done.returncode in (1, 2), (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert file in done.stderr
    assert len(done.stderr) < 20_000
    assert not list(project.root.rglob("pwned"))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_pipeline_that_is_none_is_a_message(project: Project, kind: str) -> None:
    project.file.write_text(DOCUMENTS[kind], encoding="latin-1")
    began = time.monotonic()
    _refused(project, _run(project, "job", "create", "-f", "pipeline.yml"), "pipeline.yml")
    print(f"{kind}: {time.monotonic() - began:.2f} s")
    assert project.jobs() == []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_component_that_is_none_is_a_message(project: Project, kind: str) -> None:
    (project.root / "part.yml").write_text(DOCUMENTS[kind], encoding="latin-1")
    project.document["jobs"]["score"] = {"type": "parallel", "component": "./part.yml"}
    project.write()
    # Where the component is read well enough to be of another type, the step is wrong.
    _refused(project, _run(project, "job", "create", "-f", "pipeline.yml"), ".yml:")
    assert project.jobs() == []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_an_mltable_that_is_none_is_a_message(project: Project, kind: str) -> None:
    table = project.root / "table"
    table.mkdir()
    (table / "MLTable").write_text(DOCUMENTS[kind], encoding="latin-1")
    (table / "rows.csv").write_text("a\n1\n")
    project.step["inputs"]["files"] = {"type": "mltable", "path": "./table", "mode": "direct"}
    project.write()
    done = _run(project, "job", "create", "-f", "pipeline.yml", "-n", "one", "--stream")
    _refused(project, done, "MLTable")


def test_what_is_executed_would_be_seen(tmp_path: Path) -> None:
    """The attack is one: a loader that is not safe runs it."""
    code = f"import yaml; yaml.unsafe_load(open({str(tmp_path / 'x.yml')!r}))"
    (tmp_path / "x.yml").write_text(DOCUMENTS["a call"])
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "pwned").exists()
