"""What the destination of an output holds is shown to the step, unless that is too dear."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import CommandPlan, OutputPlan, Word
from parallelsdk.runtime import shown_output
from parallelsdk.storage import sharing


def test_what_is_too_dear_to_show_is_told_and_is_delivered_among(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_output, "SHOWN_BYTES", 10)
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "large").write_bytes(bytes(11))
    path = tmp_path / "step" / "outputs" / "out"
    path.mkdir(parents=True)
    output = OutputPlan("out", "uri_folder", "rw_mount", str(path), str(tmp_path / "place"))
    step = CommandPlan("one", (), (output,), (), Word(()), None, {}, None)
    folder, told = StepFolder(tmp_path / "step"), []
    shares = sharing.can_share(
        str(tmp_path / "place"), sharing.files_to_show(str(tmp_path / "place")), str(path / "probe")
    )
    shown_output.show_contents(step, folder, told.append)
    if shares:
        assert os.listdir(path) == ["large"] and told == []
        return
    assert os.listdir(path) == []
    [message] = told
    assert "does not see" in message and "11 B cannot be shared" in message
    monkeypatch.setattr(shown_output, "SHOWN_BYTES", 11)
    shown_output.show_contents(step, folder, told.append)
    assert os.listdir(path) == ["large"]


def test_a_damaged_record_of_what_was_shown_delivers_nothing(tmp_path: Path) -> None:
    folder = StepFolder(tmp_path / "step")
    output = OutputPlan("out", "uri_folder", "rw_mount", str(tmp_path / "out"), str(tmp_path))
    folder.shown("out").parent.mkdir(parents=True)
    folder.shown("out").write_text('{"there":[],"here":[["x",1,2]],"crc":5}')
    with pytest.raises(JobException, match="shown/out is damaged"):
        shown_output.read_shown(folder, output)
