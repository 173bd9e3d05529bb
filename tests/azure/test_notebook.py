"""A notebook runs in a kernel where azure.ai.ml is played; a failing cell is named."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from parallelsdk.azure._notebook import run_notebook
from parallelsdk.exceptions import MissingExtraException, ValidationException


def notebook(folder: Path, *sources: str) -> Path:
    path = folder / "book.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_outputs_are_shown_and_the_executed_copy_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(
        tmp_path,
        "import os\nfrom azure.ai.ml import Input\nprint(Input.__module__)",
        "os.getcwd()",
    )
    before = path.read_bytes()

    assert run_notebook(path, output=tmp_path / "out.ipynb") == 0

    told = capsys.readouterr()
    assert told.err.splitlines()[0].startswith("azure.ai.ml is played by parallelsdk")
    assert told.out.splitlines() == ["parallelsdk.entities._io", repr(str(tmp_path))]
    assert path.read_bytes() == before
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [cell.cell_type for cell in executed] == ["markdown", "code", "code"]
    assert [cell.get("execution_count") for cell in executed] == [None, 1, 2]
    first = executed[1].outputs[0]
    assert first.text.startswith("azure.ai.ml is played by parallelsdk")


def test_a_failing_cell_is_named_and_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(
        tmp_path,
        "from azure.ai.ml import load_job",
        "def load():\n    return load_job('missing.yml')\nload()",
        "print('never')",
    )

    assert run_notebook(path, output=tmp_path / "out.ipynb") == 1

    told = capsys.readouterr()
    assert "book.ipynb: cell 3 (In [2]) failed" in told.err
    assert "in load()" in told.err
    assert "missing.yml" in told.err.splitlines()[-1]
    assert "entities/_" not in told.err
    assert "never" not in told.out
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert executed[2].outputs[-1].output_type == "error"


def test_debug_shows_the_frames_of_parallelsdk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path, "from azure.ai.ml import load_job\nload_job('missing.yml')")

    assert run_notebook(path, debug=True) == 1

    assert "entities/_" in capsys.readouterr().err


def test_a_kernel_that_dies_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = notebook(tmp_path, "import os\nos._exit(3)")

    assert run_notebook(path) == 1

    told = capsys.readouterr().err
    assert "book.ipynb: cell 2" in told  # the number of the prompt may have come, or not
    assert told.endswith("failed\nThe kernel died.\n")


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.ipynb").write_text("not json")

    with pytest.raises(ValidationException, match="is not a notebook"):
        run_notebook(tmp_path / "no.ipynb")


def test_without_the_extra_a_sentence_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    path = notebook(tmp_path, "1")
    monkeypatch.setitem(sys.modules, "nbclient", None)

    with pytest.raises(MissingExtraException, match=r"pip install .*\[notebook\]'$"):
        run_notebook(path)
