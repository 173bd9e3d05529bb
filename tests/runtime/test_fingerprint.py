"""What a step's result depends on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.runtime.importable import packages


def test_a_package_that_is_edited_in_place_counts_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, installed = tmp_path / "mine", tmp_path / "site" / "mine-1.0.dist-info"
    (source / "mine").mkdir(parents=True)
    (source / "venv" / "lib").mkdir(parents=True)
    (source / "venv" / "pyvenv.cfg").touch()
    module = source / "mine" / "model.py"
    module.write_text("a = 1")
    installed.mkdir(parents=True)
    origin = {"url": source.as_uri(), "dir_info": {"editable": True}}
    (installed / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    before = list(packages())
    (source / "venv" / "lib" / "other.py").write_text("b = 1")
    assert list(packages()) == before
    module.write_text("a = 10")
    assert list(packages()) != before
