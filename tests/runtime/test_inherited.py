"""What a job inherits from whoever submits it, and what of it counts."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest

from parallelsdk.jobstore.layout import Workspace
from parallelsdk.runtime import inherited
from parallelsdk.runtime.importable import modules_on
from parallelsdk.runtime.inherited import Inherited, counts, environment_of_driver, workspace_key
from parallelsdk.worker import shims


def test_a_job_that_a_step_submits_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    outer = {
        "AZUREML_RUN_ID": "outer_step",
        "AZURE_ML_INPUT_data": "/data",
        "AZ_BATCHAI_JOB_TEMP": "/gone",
        "PARALLELSDK_STEP_FOLDER": "/outer",
        "PYTHONPATH": os.pathsep.join(["/mine", shims.FOLDER]),
        "OWN": "kept",
    }
    for name, value in outer.items():
        monkeypatch.setenv(name, value)
    told = environment_of_driver()
    assert told["AZUREML_RUN_ID"] == "outer_step"  # somebody's own, outside of any job
    monkeypatch.setenv("PARALLELSDK_PROCESS_OF", "outer")
    inner = environment_of_driver()
    assert (inner["OWN"], inner["PYTHONPATH"]) == ("kept", "/mine")
    assert not inner.keys() & (outer.keys() - {"OWN", "PYTHONPATH"})
    assert "PARALLELSDK_PROCESS_OF" not in inner


def test_entries_of_pythonpath_are_those_that_the_submitter_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["lib", "", "/abs", "../up"]))
    wanted = [tmp_path / "lib", tmp_path, Path("/abs"), tmp_path / "../up"]
    assert environment_of_driver()["PYTHONPATH"] == os.pathsep.join(map(str, wanted))
    monkeypatch.setenv("PYTHONPATH", "")
    assert "PYTHONPATH" not in environment_of_driver()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setenv("PYTHONPATH", "lib")
    gone.rmdir()
    assert environment_of_driver()["PYTHONPATH"] == "lib"


def test_what_a_terminal_changes_by_itself_is_what_the_page_lists(root: Path) -> None:
    page = (root / "docs" / "how-to" / "reuse-steps.md").read_text()
    [table] = re.findall(r"## What of the environment counts\n(.*?)\n## ", page, re.DOTALL)
    listed = set(re.findall(r"`([A-Za-z_0-9*]+)`", table))
    assert listed >= set(inherited.SESSION_VARIABLES)
    meant = ("PATH", "HOME", "WINDOW", "PROMPT", "TERM_MONTHS", "KDE_BANDWIDTH", "XDG_CONFIG_HOME")
    assert all(map(counts, meant))
    assert not any(map(counts, ("TERM_PROGRAM", "_", "VSCODE_PID", "DBUS_SESSION_BUS_ADDRESS")))


def test_digests_need_the_key_and_tell_names_from_values() -> None:
    one = Inherited.of({"A": "1", "B": "2", "SHLVL": "3"}, b"k" * 32)
    other = Inherited.of({"A": "1", "B": "2"}, b"l" * 32)
    assert one.variables.keys() == {"A", "B"} == other.variables.keys()
    assert not set(one.variables.values()) & set(other.variables.values())
    assert one.digests(besides=("A",)) == {"B": one.variables["B"]}


def test_all_who_ask_at_once_get_one_key(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path / "home")
    found: set[bytes] = set()
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.add(workspace_key(workspace))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 1
    assert [p.name for p in workspace.root.iterdir() if p.name.startswith("digest")] == [
        "digest.key"
    ]


def test_modules_are_looked_for_as_python_does_and_not_in_environments_and_workspaces(
    tmp_path: Path,
) -> None:
    wanted = ["a.py", "b.so", "package/c.py", "package/loop/more.py"]
    others = [".hidden/x.py", "venv/pyvenv.cfg", "venv/x.py", "data.csv", "__pycache__/a.pyc"]
    for name in [*wanted, *others]:
        (tmp_path / "lib" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "lib" / name).write_text("")
    (tmp_path / "lib" / "package" / "loop" / "again").symlink_to(tmp_path / "lib")
    (tmp_path / "lib" / "dead.py").symlink_to(tmp_path / "nowhere")
    workspace = Workspace.at(tmp_path / "lib" / "home")
    (workspace.root / "x.py").write_text("")
    path = os.pathsep.join([str(tmp_path / "lib"), str(tmp_path / "absent")])
    found = sorted(
        os.path.relpath(name, tmp_path / "lib") for name, _, _ in modules_on(path, besides=None)
    )
    assert found == wanted
    assert not list(modules_on(str(tmp_path / "lib"), besides=str(tmp_path)))
