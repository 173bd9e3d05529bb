"""The samples: where each lies and how its job is built, in a copy of its folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import load_job
from tests.samples import python_samples

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

YAML = {
    "the guide's iris": (ROOT / "examples" / "iris", "pipeline.yml"),
    "iris with a path": (HERE / "iris", "pipeline.yml"),
    "mnist in three steps": (HERE / "mnist", "pipeline.yml"),
    "mnist with a path": (HERE / "mnist", "two_steps.yml"),
    "partitions by keys": (HERE / "many_models", "pipeline.yml"),
}
PYTHON = {
    "partitions by keys, Python": (HERE / "many_models", python_samples.one_model_per_shop),
    "iris with a path, Python": (HERE / "iris", python_samples.flowers_by_petal),
    "mnist with a path, Python": (HERE / "mnist", python_samples.bars),
    "the guide's notebook": (ROOT / "examples" / "pipeline", None),
}
SAMPLES = [*YAML, *PYTHON]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Builds the job of a sample in a copy of its folder, which becomes the current one."""

    def make(sample: str) -> Any:
        source, what = (YAML | PYTHON)[sample]
        shutil.copytree(source, tmp_path / "sample", ignore=shutil.ignore_patterns(".*"))
        monkeypatch.chdir(tmp_path / "sample")
        if isinstance(what, str):
            return load_job(what)
        return what() if what is not None else guides_notebook()

    return make


def guides_notebook() -> Any:
    """The pipeline of the example's Azure notebook: its cells up to the submission."""
    from parallelsdk.azure import playing

    cells = json.loads(Path("for_azure.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    with playing(quiet=True):
        for source in code:
            if "create_or_update" in source:
                return names["pipeline_job"]
            exec(source, names)
    raise AssertionError("the notebook submits nothing")
