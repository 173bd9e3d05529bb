"""Environments in every form; data and models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import load_data, load_environment
from parallelsdk.entities import BuildContext, Data, Environment, Model
from parallelsdk.exceptions import ValidationException

CONDA = {"channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["pandas"]}]}
CONDA_TEXT = "channels: [conda-forge]\ndependencies: ['python=3.11', {pip: [pandas]}]\n"


def test_a_conda_file_is_read_at_once_relative_to_the_current_folder(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("conda.yml", CONDA_TEXT)
    environment = Environment(image="img", conda_file="./conda.yml")
    monkeypatch.chdir("/")
    assert environment.conda_file == CONDA == Environment(conda_file=CONDA).conda_file


def test_a_missing_conda_file_is_answered_at_once(folder: Path) -> None:
    with pytest.raises(ValidationException, match="No such file"):
        Environment(image="img", conda_file="nothing.yml")


def test_equal_anonymous_environments_have_one_version() -> None:
    first, second = (
        Environment(image="a", conda_file=CONDA),
        Environment(image="a", conda_file=CONDA),
    )
    assert first.name == "CliV2AnonymousEnvironment"
    assert first.version == second.version != Environment(image="b").version
    assert first == second


def test_a_named_environment_keeps_its_name_and_version_as_text() -> None:
    environment = Environment(name="e", version=1, build=BuildContext(path="./docker"))
    assert (environment.name, environment.version) == ("e", "1")
    assert environment.build is not None and environment.build.dockerfile_path is None


def test_an_environment_file_is_loaded_with_paths_of_its_folder(write: Any) -> None:
    write("envs/conda.yml", CONDA_TEXT)
    text = "name: e\nversion: 2\nimage: img\nconda_file: conda.yml\nos_type: linux\n"
    file = write("envs/e.yml", text)
    assert load_environment(file) == Environment(
        name="e", version="2", image="img", conda_file=CONDA, os_type="linux"
    )
    assert load_environment(file)._to_dict()["os_type"] == "linux"
    changed = load_environment(file, params_override=[{"image": "other"}])
    assert changed.image == "other"


def test_assets_are_values_of_inputs(folder: Path) -> None:
    assert Data(path="./d", type="mltable").as_input().path == str(folder / "d")
    assert Model(name="m", version="3").as_input().path == "azureml:m:3"


def test_a_data_file_is_loaded_with_paths_of_its_folder(write: Any, folder: Path) -> None:
    file = write("assets/d.yml", "name: d\ntype: mltable\npath: ./here\n")
    assert load_data(file).path == str(folder / "assets" / "here")


def test_of_two_equal_keys_of_a_conda_file_the_last_one_counts_and_that_is_told(
    write: Any,
) -> None:
    write("conda.yml", f"channels: [defaults]\n{CONDA_TEXT}")
    with pytest.warns(UserWarning, match="conda.yml:2: channels: .* the last one counts"):
        environment = Environment(image="img", conda_file="./conda.yml")
    assert environment.conda_file == CONDA
