"""``%load_ext parallelsdk.azure`` and ``%unload_ext``, in a real IPython shell."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import parallelsdk
from parallelsdk.azure._stage import Stage


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    made = interactive.InteractiveShell()
    finders = list(sys.meta_path)
    yield made
    assert sys.meta_path == finders


def test_cells_between_load_and_unload_import_what_is_played(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%load_ext parallelsdk.azure")
    told = capsys.readouterr()
    shell.run_cell("from azure.ai.ml import Input").raise_error()
    shell.run_cell("%unload_ext parallelsdk.azure")

    assert (told.err + told.out).startswith("azure.ai.ml is played by parallelsdk")
    assert shell.user_ns["Input"] is parallelsdk.Input
    assert Stage.current() is None
    assert "azure.ai.ml" not in sys.modules


def test_loading_again_does_not_pile_up(shell: Any) -> None:
    shell.run_cell("%load_ext parallelsdk.azure")
    shell.run_cell("%load_ext parallelsdk.azure")
    shell.run_cell("%reload_ext parallelsdk.azure")

    assert sum(isinstance(finder, Stage) for finder in sys.meta_path) == 1
    shell.run_cell("%unload_ext parallelsdk.azure")


def test_names_imported_from_the_real_package_before_are_pointed_out(
    shell: Any, real_packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module("azure.ai.ml")
    shell.run_cell("%load_ext parallelsdk.azure")
    told = capsys.readouterr()
    shell.run_cell("%unload_ext parallelsdk.azure")

    assert "azure.ai.ml had been imported before" in told.err + told.out
