"""Values of a file that nothing here heeds, and that cannot be right, are told all the same."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from parallelsdk import MpiDistribution, command, load_job
from parallelsdk.dsl import pipeline
from parallelsdk.exceptions import MlException, ValidationException

JOB: dict[str, Any] = {
    "type": "pipeline",
    "inputs": {"n": 3, "d": {"type": "uri_folder", "path": "."}},
    "jobs": {"one": {"command": "echo", "environment": "azureml:e:1"}},
}
WRONG: list[tuple[str, Any, str]] = [
    ("compute", [1], "must be the name of a compute, found [1]"),
    ("jobs.one.compute", {"a": 1}, "must be the name of a compute, found {'a': 1}"),
    ("jobs.one.compute", 3, "must be the name of a compute, found 3"),
    ("settings.continue_on_step_failure", "${{parent.inputs.d}}", "must be a value"),
    ("settings.force_rerun", "${{parent.inputs.n}}", "must be a value"),
    ("settings.default_datastore", "${{parent.inputs.n}}", "must be a value"),
    ("jobs.one.comment", [1], "must be a text, found [1]"),
    ("jobs.one.identity", {"type": "managd"}, "did you mean 'managed'"),
    ("identity", {"type": "managd"}, "did you mean 'managed'"),
    ("services.a", {"prt": 1}, "did you mean 'port'"),
    ("jobs.one.distribution", {"type": "pytorh"}, "did you mean 'pytorch'"),
    ("jobs.one.services", "abc", "must be a mapping of names to services"),
    ("jobs.one.queue_settings", {"job_tir": "spot"}, "did you mean 'job_tier'"),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _changed(path: str, value: Any) -> str:
    """The text of the job with ``value`` at ``path``."""
    document = copy.deepcopy(JOB)
    *above, last = path.split(".")
    inside = document
    for name in above:
        inside = inside.setdefault(name, {})
    inside[last] = value
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=999)


def _faults(text: str, here: Path) -> str:
    """All that loading and validation say of a job."""
    (here / "job.yml").write_text(text)
    try:
        return str(load_job("job.yml")._validate())
    except ValidationException as error:
        return error.message


@pytest.mark.parametrize(("path", "value", "told"), WRONG)
def test_a_wrong_value_is_told_with_its_path_and_line(
    path: str, value: Any, told: str, here: Path
) -> None:
    text = _changed(path, value)
    found = _faults(text, here)
    assert path in found and told in found
    line = next(n for n, row in enumerate(text.splitlines(), 1) if f"{path.split('.')[-1]}:" in row)
    assert f"job.yml:{line}:" in found


def test_a_declaration_where_a_value_belongs_is_warned_of(here: Path) -> None:
    inputs = {"n": {"type": "integer", "default": 3, "max": 5}}
    (here / "job.yml").write_text(_changed("jobs.one.inputs", inputs))
    warned = load_job("job.yml")._validate().warnings
    assert list(warned) == ["jobs.one.inputs.n.default", "jobs.one.inputs.n.max"]
    (here / "job.yml").write_text(_changed("inputs.d.optional", True))
    assert list(load_job("job.yml")._validate().warnings) == ["inputs.d.optional"]


def test_warnings_are_told_beside_the_errors_of_a_file(here: Path) -> None:
    text = _changed("settings.blub", 1) + "experiment_name: [1]\n"
    (here / "job.yml").write_text(text)
    with (
        pytest.warns(UserWarning, match=r"job.yml:\d+:\d+: settings.blub: means nothing here"),
        pytest.raises(ValidationException, match="experiment_name: must be a text"),
    ):
        load_job("job.yml")


@pytest.mark.parametrize("key", ["....", "jobs..compute", ".inputs", "inputs."])
def test_an_override_needs_names(key: str, here: Path) -> None:
    (here / "job.yml").write_text(_changed("name", "x"))
    with pytest.raises(MlException, match="a name in it is empty"):
        load_job("job.yml", params_override=[{key: 3}])


def test_a_step_with_a_trial_is_a_sweep(here: Path) -> None:
    text = _changed("jobs.two", {"trial": {"command": "echo"}, "objective": {"goal": "maximize"}})
    assert "a step of type 'sweep' is out of scope here" in _faults(text, here)


def test_objects_of_python_are_checked_as_their_mappings_are() -> None:
    step = command(command="echo", environment="azureml:e:1")

    @pipeline()
    def flow(odd: str = "") -> None:
        one = step()
        one.distribution = MpiDistribution(process_count_per_instance=2)
        two = step()
        two.compute = [1]
        two.distribution = {"type": "mpy"}

    errors = flow()._validate().error_messages
    assert list(errors) == ["jobs.two.compute", "jobs.two.distribution.type"]
