"""What every test gets: a workspace of its own, and nothing of the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a fresh workspace, which this process and its children find by themselves."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PARALLELSDK_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_workspace_of_the_user(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that uses a workspace without asking for one gets a fresh one, never the user's."""
    monkeypatch.setenv("PARALLELSDK_HOME", str(tmp_path_factory.mktemp("stray") / "workspace"))
    monkeypatch.setenv("PARALLELSDK_MOST_WORKERS", "64")  # tests say how many they want
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
