"""``parallelsdk schema`` and the file that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parallelsdk.cli._main import run


def test_the_schema_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")


def test_the_schema_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "parallelsdk.json"

    assert run(["schema", "-o", str(file)]) == 0
    assert "Pipeline" in json.loads(file.read_text(encoding="utf-8"))["$defs"]
    assert str(file) in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", "-o", str(tmp_path / "no" / "where.json")]) == 4
    assert "where.json" in capsys.readouterr().err
