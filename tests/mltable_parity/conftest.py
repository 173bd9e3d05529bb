"""The results of all tables, once with the reference and once with ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mltable_parity.results import Results, read_with


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def reference(shared_folder: Path, root: Path) -> Results:
    """What the reference makes of the tables."""
    return read_with("mltable", shared_folder, root)


@pytest.fixture(scope="session")
def ours(shared_folder: Path, root: Path) -> Results:
    """What parallelsdk makes of the tables."""
    return read_with("parallelsdk", shared_folder, root)
