"""What the tests of this room need: a clean stage before and after, and packages called azure."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every test of this room leaves Python's import system as it found it."""
    before = (azure_modules(), list(sys.meta_path), list(sys.path), list(sys.argv), Path.cwd())
    yield
    assert (azure_modules(), sys.meta_path, sys.path, sys.argv, Path.cwd()) == before


@pytest.fixture
def real_packages(tmp_path: Path) -> Iterator[Path]:
    """Installed namespace packages with Azure's names: ``ai.ml``, ``identity`` and ``storage``."""
    for name, text in {
        "ai/ml/__init__.py": "REAL = True\n",
        "ai/ml/entities/__init__.py": "REAL = True\n",
        "identity/__init__.py": "REAL = True\n",
        "storage/__init__.py": "",
        "storage/blob/__init__.py": "REAL = True\n",
    }.items():
        file = tmp_path / "site" / "azure" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    sys.path.insert(0, str(tmp_path / "site"))
    importlib.invalidate_caches()
    aside = {name: sys.modules.pop(name) for name in azure_modules()}
    yield tmp_path / "site"
    sys.path.remove(str(tmp_path / "site"))
    for name in azure_modules():
        del sys.modules[name]
    sys.modules.update(aside)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a script and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "user" / "script.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def project(tmp_path: Path, workspace: Path) -> Path:
    """A copy of the example that was written for Azure, and a workspace for its jobs."""
    ignored = shutil.ignore_patterns(".parallelsdk", "__pycache__", "downloaded")
    shutil.copytree(ROOT / "examples" / "pipeline", tmp_path / "project", ignore=ignored)
    return tmp_path / "project"


def azure_modules() -> dict[str, object]:
    """What ``sys.modules`` holds of Azure."""
    return {n: m for n, m in sys.modules.items() if n == "azure" or n.startswith("azure.")}
