"""``azureml.core.Run`` as scripts use it: values of any library, files, and clear refusals."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.jobstore.metric_log import STEP_VARIABLE, read_metrics
from parallelsdk.worker.azureml_run import Run, _OfflineRun
from parallelsdk.worker.azureml_values import plain


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StepFolder:
    folder = StepFolder(tmp_path / "jobs" / "job" / "steps" / "score")
    folder.path.mkdir(parents=True)
    monkeypatch.setenv(STEP_VARIABLE, str(folder.path))
    monkeypatch.setenv("AZUREML_EXPERIMENT_NAME", "trial")
    monkeypatch.setenv("AZURE_ML_INPUT_data", "/data")
    return folder


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (pd.Series([1.0, None]), [1.0, "nan"]),
        (float("-inf"), "-inf"),
        ((1, {2}), [1, [2]]),
        (10**30, 10**30),
        (Path("a"), "a"),
        ("\ud800", "\ud800"),
        (None, None),
    ],
)
def test_values_of_any_library_become_plain_ones(value: object, wanted: object) -> None:
    assert plain(value) == wanted


def test_a_run_knows_where_it_is(step: StepFolder) -> None:
    run = Run.get_context()
    assert (run.id, run.name, run.experiment.name) == ("score", "score", "trial")
    assert run.parent is not None and (run.parent.id, run.parent.parent) == ("job", None)
    assert run.input_datasets == {"data": "/data"}
    assert run.get_details()["runId"] == "score" and run.get_status() == "Running"
    assert isinstance(run, _OfflineRun) and isinstance(run, Run)


def test_what_is_logged_can_be_asked_for(step: StepFolder) -> None:
    with Run.get_context() as run:
        run.log("loss", 1)
        run.log("loss", 2)
        run.log("many", [1, 2])
        run.log_row("rows", "what they are", a=1, b="x")
        run.log_confusion_matrix("matrix", {"data": [[1, 2]]})
        with run.child_run("fold1") as child:
            child.log("loss", 3)
        run.set_tags({"a": 1})
        run.add_properties({"p": 2})
        run.flush()
        run.complete()
    metrics = Run.get_context().get_metrics()
    assert (metrics["loss"], metrics["fold1/loss"]) == (2, 3)
    assert metrics["many"] == {"many": [1, 2]} and metrics["rows"] == {"a": [1], "b": ["x"]}
    assert run.get_metrics("loss") == {"loss": 2}
    assert (run.get_tags(), run.get_properties()) == ({"a": "1"}, {"p": "2"})
    assert read_metrics(step).of("step").values["loss"].count == 2


def test_files_are_kept_with_the_logs_and_none_leaves_its_folder(
    step: StepFolder, tmp_path: Path
) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "a.txt").write_text("a")
    run = Run.get_context()
    run.upload_folder("outputs", str(tmp_path / "some"))
    run.upload_file("b.bin", io.BytesIO(b"b"))
    run.log_image("plot", path=str(tmp_path / "some" / "a.txt"))
    assert run.get_file_names() == ["b.bin", "outputs/a.txt", "plot.txt"]
    run.download_file("outputs/a.txt", str(tmp_path / "again"))
    assert (tmp_path / "again").read_text() == "a"
    for name in ("../x", "/etc/x", "a/../../x", ""):
        with pytest.raises(ValueError, match="is no name for a file of a run"):
            run.upload_file(name, str(tmp_path / "again"))


@pytest.mark.parametrize(
    "use",
    ["run.get_secret('x')", "run.register_model('x')", "Run.list(1)", "run.experiment.workspace"],
)
def test_what_only_azures_service_can_do_says_so_and_what_to_do(step: StepFolder, use: str) -> None:
    with pytest.raises(
        NotImplementedError, match="needs Azure's service, which a local job has not"
    ):
        eval(use, {"run": Run.get_context(), "Run": Run})


def test_a_run_is_an_ordinary_object_to_tools(step: StepFolder) -> None:
    run = Run.get_context()
    assert not hasattr(run, "no_such_thing") and not hasattr(run, "_repr_html_")
    assert copy.copy(run).id == pickle.loads(pickle.dumps(run)).id == run.id
