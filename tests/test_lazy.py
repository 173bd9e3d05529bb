"""The lazy faces: what an import costs, and what a missing name or extra says."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import parallelsdk
from parallelsdk import _lazy
from parallelsdk._lazy import how_to_install, lazy_exports, require
from parallelsdk.exceptions import MissingExtraException

THIRD_PARTIES = [
    "click",
    "dask",
    "fsspec",
    "joblib",
    "loky",
    "numpy",
    "pandas",
    "psutil",
    "pyarrow",
    "pydantic",
    "ray",
    "rich",
    "sklearn",
    "yaml",
]


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import parallelsdk",
        "import parallelsdk.entities, parallelsdk.dsl, parallelsdk.parallel",
        "from parallelsdk import Input, Output",
    ],
)
def test_an_import_of_the_face_loads_no_third_party(statement: str) -> None:
    assert not modules_after(statement).intersection(THIRD_PARTIES)


@pytest.mark.parametrize(
    "statement",
    [
        "import parallelsdk",
        "from parallelsdk import Input, Output",
        "from parallelsdk.dsl import pipeline",
    ],
)
def test_an_import_of_the_face_loads_nothing_that_costs_time(statement: str) -> None:
    heavy = {"importlib.abc", "logging", "pathlib", "tempfile", "urllib.parse"}
    assert not (modules_after(statement) - modules_after("pass")) & heavy


def test_every_name_of_the_public_face_is_listed() -> None:
    assert {"MLClient", "Input", "Output", "command", "load_component", "load_job"} <= set(
        dir(parallelsdk)
    )


def test_the_modules_that_users_import_are_attributes_once_they_are_asked_for() -> None:
    code = "import parallelsdk as p; print(p.dsl.pipeline, p.entities.Data, p.parallel.RunFunction)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"parallelsdk.*'Imput'"):
        parallelsdk.Imput  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("from parallelsdk import sweep", "parallelsdk has no 'sweep'. docs/azure-parity.md"),
        ("from parallelsdk.sweep import Choice", "has no 'sweep'. docs/azure-parity.md"),
        ("import parallelsdk.automl", "parallelsdk has no 'automl'. docs/azure-parity.md"),
        ("from parallelsdk.entities import JobSchedule", "has no 'JobSchedule'. docs/azure"),
        ("from parallelsdk.entities import Enviroment", "Did you mean 'Environment'? docs/"),
        ("from parallelsdk.constants import Scope", "parallelsdk.constants has no 'Scope'. docs/"),
        ("from parallelsdk.constants import ListViewTyp", "Did you mean 'ListViewType'? docs/"),
        ("from parallelsdk.exceptions import JobExeption", "Did you mean 'JobException'? docs/"),
        ("from parallelsdk.dsl import pipelines", "parallelsdk.dsl has no 'pipelines'. Did you"),
    ],
)
def test_an_import_of_what_azure_alone_has_points_at_the_page(statement: str, said: str) -> None:
    with pytest.raises(ImportError) as caught:
        exec(statement, {})
    assert said in str(caught.value)


def test_a_name_is_imported_from_its_module_and_kept() -> None:
    getter, lister = lazy_exports(__name__, {"sqrt": "math"})
    assert getter("sqrt")(9) == 3  # type: ignore[operator]
    assert globals().pop("sqrt")(4) == 2
    assert "sqrt" in lister() and "pytest" in lister()


def test_a_missing_extra_becomes_a_sentence_with_a_command(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingExtraException) as caught:
        require("no_such_package.core", "dask")
    text, _, line = caught.value.message.partition(" Install it: ")
    assert text == "The package 'no_such_package' is not installed."
    assert shlex.split(line) == [sys.executable, "-m", "pip", "install", "-e", f"{root}[dask]"]
    monkeypatch.setattr(_lazy, "__file__", "/installed/parallelsdk/_lazy.py")
    assert how_to_install("s3").split(" -m pip install ")[1] == "'parallelsdk-local[s3]'"


def test_an_installed_package_is_returned() -> None:
    assert require("json.decoder", "dask").__name__ == "json.decoder"


def test_a_broken_import_inside_a_package_is_not_taken_for_a_missing_extra(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed.py").write_text("import its_own_missing_part\n")  # type: ignore[operator]
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="its_own_missing_part"):
        require("half_installed", "dask")
