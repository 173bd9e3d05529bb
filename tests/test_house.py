"""The house keeps its floors, its doors, and its name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

SKIPPED = {".git", ".venv", "build", "dist", "__pycache__", ".parallelsdk"}


@pytest.fixture(scope="module")
def frame(root: Path) -> dict:
    """pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def texts(root: Path) -> list[Path]:
    """Every file of the tree that is text."""
    suffixes = {".py", ".md", ".toml", ".yml", ".yaml", ".ipynb", ".txt", ".cfg", ".sh", ""}
    found = []
    for path in sorted(root.iterdir()):
        if path.name in SKIPPED or path.name.endswith("_cache"):
            continue
        inside = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
        found += [p for p in inside if p.suffix in suffixes and not SKIPPED & set(p.parts)]
    return found


def test_imports_only_run_downward_and_third_parties_enter_by_their_doors(root: Path) -> None:
    lint = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_import_contract_has_an_exception(frame: dict) -> None:
    contracts = frame["tool"]["importlinter"]["contracts"]

    assert not [c["name"] for c in contracts if "ignore_imports" in c]


def test_each_third_party_of_the_core_has_a_door(frame: dict) -> None:
    contracts = frame["tool"]["importlinter"]["contracts"]
    doors = {m for c in contracts for m in c.get("protected_modules", [])}
    doors |= {m for c in contracts for m in c.get("forbidden_modules", []) if "." not in m}

    assert {"click", "fsspec", "loky", "numpy", "pandas"} <= doors
    assert {"psutil", "pyarrow", "pydantic", "rich", "yaml"} <= doors


def test_the_distribution_has_a_name_of_its_own_and_two_commands(frame: dict) -> None:
    commands = {
        point.name: point.value
        for point in metadata.entry_points(group="console_scripts")
        if point.name in ("parallelsdk", "psdk")
    }

    assert frame["project"]["name"] == "parallelsdk-local"
    assert commands == {
        "parallelsdk": "parallelsdk.cli._main:main",
        "psdk": "parallelsdk.cli._main:main",
    }


def test_the_installed_version_is_the_checkouts(frame: dict) -> None:
    assert metadata.version("parallelsdk-local") == frame["project"]["version"]


def test_nobody_is_told_to_install_the_name_that_belongs_to_somebody_else(root: Path) -> None:
    told = re.compile(r"(pip|uv|pipx|poetry) +(install|add) +['\"]?parallel" + "sdk")
    found = [str(p) for p in texts(root) if told.search(p.read_text("utf-8", "replace"))]

    assert not found


def test_every_make_target_that_is_documented_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE))

    assert targets >= {"help", "demo", "test", "check", "docs", "bench", "clean"}


def test_make_alone_prints_its_targets(root: Path) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"^  demo +run the examples", done.stdout, re.MULTILINE)


def test_make_says_so_when_python_is_too_old(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    environment = tmp_path / "environment"

    done = subprocess.run(
        ["make", "check", f"PYTHON={old}", f"VENV={environment}"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert not environment.exists()
