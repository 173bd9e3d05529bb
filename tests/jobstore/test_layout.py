"""The workspace: found where users expect it, private, and nothing leaves it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.jobstore.layout import HOME_VARIABLE, Workspace, check_name
from parallelsdk.storage.listing import iter_files


def test_the_variable_names_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "here"))
    assert Workspace.find().root == tmp_path / "here"


def test_the_nearest_workspace_upwards_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    (tmp_path / ".parallelsdk").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert Workspace.find(tmp_path / "a" / "b").root == tmp_path / ".parallelsdk"


def test_a_new_workspace_is_private_and_ignored_by_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    found = Workspace.find(tmp_path)
    root = found.root
    assert not root.exists()
    found.make()
    assert root == tmp_path / ".parallelsdk"
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert (root / ".gitignore").read_text() == "*\n"


def test_a_folder_that_is_there_keeps_its_own_gitignore_and_is_marked(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n")
    tmp_path.chmod(0o755)
    Workspace.at(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "*.log\n"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert (tmp_path / "parallelsdk.workspace").exists()


def test_a_workspace_is_no_data_of_what_it_lies_in_but_its_outputs_are_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    workspace = Workspace.at(tmp_path / "home")
    output = workspace.job("j").step("s").outputs / "out" / "b.csv"
    output.parent.mkdir(parents=True)
    output.write_text("y")
    assert list(iter_files(str(tmp_path))) == [str(tmp_path / "a.csv")]
    assert list(iter_files(str(output.parent))) == [str(output)]
    assert list(iter_files(str(workspace.jobs_folder))) == [str(output)]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "-rf", "a\nb", "x" * 129, "a b"])
def test_a_name_that_could_leave_the_workspace_is_refused(name: str) -> None:
    with pytest.raises(ValidationException, match="no valid job name"):
        check_name(name)


def test_a_workspace_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValidationException, match=HOME_VARIABLE):
        Workspace.at(tmp_path / "file" / "workspace")
