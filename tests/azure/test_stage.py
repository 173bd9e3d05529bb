"""While the stage is up, azure.ai.ml is parallelsdk; afterwards everything is as it was."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import parallelsdk
import parallelsdk.entities
from parallelsdk.azure import playing
from parallelsdk.azure._stage import Stage


def azure() -> list[str]:
    return sorted(name for name in sys.modules if name.partition(".")[0] == "azure")


def test_the_names_of_azure_are_ours_within_the_block() -> None:
    with playing(quiet=True):
        import azure.ai.ml
        from azure.ai.ml import Input, MLClient
        from azure.ai.ml.entities import Environment

        assert azure.ai.ml.dsl.pipeline is parallelsdk.dsl.pipeline

    assert Input is parallelsdk.Input
    assert MLClient is parallelsdk.MLClient
    assert Environment is parallelsdk.entities.Environment


def test_nothing_is_played_by_default() -> None:
    assert Stage.current() is None
    assert not [name for name in azure() if name.startswith("azure.ai.ml")]


def test_the_first_line_says_who_plays(capsys: pytest.CaptureFixture[str]) -> None:
    with playing():
        print("from the block", file=sys.stderr)

    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith(f"azure.ai.ml is played by parallelsdk {parallelsdk.__version__}")


def test_the_import_system_is_as_before_also_after_an_exception() -> None:
    modules, finders = azure(), list(sys.meta_path)

    with pytest.raises(ZeroDivisionError), playing(quiet=True):
        importlib.import_module("azure.ai.ml.parallel")
        importlib.import_module("azure.identity")
        raise ZeroDivisionError

    assert azure() == modules
    assert sys.meta_path == finders


def test_stages_may_be_nested() -> None:
    with playing(quiet=True):
        outer = importlib.import_module("azure.ai.ml")
        with playing(quiet=True):
            assert importlib.import_module("azure.ai.ml") is not outer
        assert sys.modules["azure.ai.ml"] is outer
        assert sys.modules["azure.ai"].ml is outer


def test_installed_packages_are_played_over_and_come_back(real_packages: Path) -> None:
    real = importlib.import_module("azure.ai.ml.entities")
    package = importlib.import_module("azure.ai.ml")
    importlib.import_module("azure.identity")
    before = {name: sys.modules[name] for name in azure()}

    with playing(quiet=True):
        played = importlib.import_module("azure.ai.ml.entities")
        assert played.Environment is parallelsdk.entities.Environment
        assert not hasattr(importlib.import_module("azure.identity"), "REAL")

    assert {name: sys.modules[name] for name in azure()} == before
    assert importlib.import_module("azure.ai.ml.entities") is real
    assert sys.modules["azure.ai"].ml is package
    assert package.entities is real


def test_an_installed_package_that_nobody_had_imported_is_real_afterwards(
    real_packages: Path,
) -> None:
    with playing(quiet=True):
        importlib.import_module("azure.ai.ml")

    assert azure() == []
    assert importlib.import_module("azure.ai.ml").REAL
    assert importlib.import_module("azure.identity").REAL


def test_other_packages_below_azure_are_found_as_ever(real_packages: Path) -> None:
    with playing(quiet=True):
        importlib.import_module("azure.ai.ml")
        assert importlib.import_module("azure.storage.blob").REAL

    assert azure() == ["azure", "azure.storage", "azure.storage.blob"]
    assert sys.modules["azure"].storage.blob.REAL
    assert not hasattr(sys.modules["azure"], "ai")


def test_a_package_below_azure_that_is_not_there_is_missed_in_the_usual_way() -> None:
    with playing(quiet=True), pytest.raises(ModuleNotFoundError, match=r"azure\.nothing"):
        importlib.import_module("azure.nothing")
