"""The client finds a local workspace whatever Azure ids it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk import MLClient
from parallelsdk.exceptions import ValidationException


def test_the_workspace_of_the_environment_comes_first(workspace: Path) -> None:
    assert str(workspace) in repr(MLClient())


def test_credential_and_ids_are_accepted_and_ignored(workspace: Path) -> None:
    client = MLClient(object(), "subscription", "group", workspace_name="mine")
    assert (client.subscription_id, client.workspace_name) == ("subscription", "mine")
    assert str(workspace) in repr(client)


def test_from_config_needs_no_file(workspace: Path) -> None:
    assert str(workspace) in repr(MLClient.from_config(credential=None, file_name="x.json"))


def test_the_nearest_workspace_upwards_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARALLELSDK_HOME")
    (tmp_path / ".parallelsdk").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert str(tmp_path / ".parallelsdk") in repr(MLClient())


def test_a_path_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARALLELSDK_HOME")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "config.json").write_text("{}")
    for path in (tmp_path / "project", tmp_path / "project" / "config.json"):
        found = repr(MLClient.from_config(path=path))
        assert str(tmp_path / "project" / ".parallelsdk") in found


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationException, match="nowhere"):
        MLClient.from_config(path=tmp_path / "nowhere")
