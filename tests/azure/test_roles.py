"""A played module offers the public names of its actor; about others it says a whole sentence."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parallelsdk.azure import playing
from parallelsdk.azure._roles import ACTORS, AZURE_VERSION, UNDERSTUDIES


@pytest.fixture(autouse=True)
def stage() -> Iterator[None]:
    with playing(quiet=True):
        yield


@pytest.mark.parametrize("module", sorted(set(ACTORS) - set(UNDERSTUDIES)))
def test_every_public_name_of_the_actor_can_be_imported(module: str) -> None:
    played, actor = importlib.import_module(module), importlib.import_module(ACTORS[module])

    assert played.__all__
    assert set(played.__all__) <= set(dir(played))
    assert all(getattr(played, name) is getattr(actor, name) for name in played.__all__)


WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.split(".")[0] in ("azure", "mltable")
        return None if hidden else super().find_spec(name, path, target)

sys.meta_path = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
from parallelsdk.azure import playing
with playing(quiet=True):
    from azure.ai.ml import MLClient
    from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
    import mltable, parallelsdk.mltable
    assert mltable.load is parallelsdk.mltable.load
    for kind in (ResourceNotFoundError, HttpResponseError, AzureError):
        try:
            MLClient().jobs.get("nope")
        except kind as error:
            print(type(error).__name__, error.status_code)
try:
    import azure.core.exceptions
except ModuleNotFoundError as error:
    print(error)
assert "mltable" not in sys.modules
"""


def test_packages_that_are_not_installed_have_understudies(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["JobException 404"] * 3 + ["No module named 'azure'"]


def test_modules_of_ours_that_azure_does_not_have_are_not_played() -> None:
    importlib.import_module("parallelsdk.client.jobs")
    played = importlib.import_module("azure.ai.ml")

    assert not hasattr(played, "client")
    assert not hasattr(played, "azure")
    assert "Final" not in dir(importlib.import_module("azure.ai.ml.constants"))


def test_parameter_groups_are_found_where_azure_hides_them() -> None:
    from azure.ai.ml.dsl._group_decorator import group

    from parallelsdk.dsl import group as ours

    assert group is ours


@pytest.mark.parametrize(
    "statement",
    [
        "from azure.ai.ml import Nonsense",
        "from azure.ai.ml.entities import Nonsense",
        "from azure.identity import Nonsense",
        "import azure.ai.ml.Nonsense",
        "import azure.identity.Nonsense",
    ],
)
def test_a_name_that_we_lack_is_an_import_error_that_points_to_the_parity_table(
    statement: str,
) -> None:
    with pytest.raises(ImportError) as caught:
        exec(statement, {})

    message = str(caught.value)
    assert "played by parallelsdk" in message
    assert "'Nonsense'" in message
    assert "docs/azure-parity.md" in message


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(ImportError, match="Did you mean 'Environment'"):
        exec("from azure.ai.ml.entities import Enviroment", {})


def test_an_attribute_that_we_lack_is_an_attribute_error_with_the_same_sentence() -> None:
    played = importlib.import_module("azure.ai.ml")

    assert not hasattr(played, "Nonsense")
    with pytest.raises(AttributeError, match=r"docs/azure-parity\.md"):
        _ = played.Nonsense


def test_a_star_import_brings_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from azure.ai.ml.entities import *", names)

    assert {"Environment", "PipelineJob", "RetrySettings"} <= set(names)


def test_the_version_is_azures_with_a_part_that_tells_who_plays() -> None:
    played = importlib.import_module("azure.ai.ml")

    assert played.__version__ == AZURE_VERSION
    assert played.__version__.startswith("1.35.2+parallelsdk.")
