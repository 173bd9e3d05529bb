"""Paths in a workspace follow it; everything else stays where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallelsdk.jobstore.places import Places


def test_a_path_in_the_workspace_is_found_where_the_workspace_lies_now() -> None:
    kept = Places("/old/home").stored("/old/home/jobs/one/code/ab")
    assert Places("/new").found(kept) == "/new/jobs/one/code/ab"
    assert Places("/new").found(Places("/old/home").stored("/old/home")) == "/new"


@pytest.mark.parametrize(
    "path",
    [
        "/data/images",
        "/old/homestead/x",
        "/old/home/../elsewhere",
        "s3://bucket/old/home/x",
        "azureml://datastores/d/paths/x",
        "file://host/old/home/x",
    ],
)
def test_what_lies_elsewhere_keeps_its_path(path: str) -> None:
    kept = Places("/old/home").stored(path)
    assert kept == path
    assert Places("/new").found(kept) == path


def test_a_file_url_and_another_spelling_of_the_workspace_are_known(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    places = Places(tmp_path / "link")
    for path in (f"{tmp_path}/real/a b", f"{tmp_path}/link/a b", f"file://{tmp_path}/link/a%20b"):
        assert Places("/new").found(places.stored(path)) == "/new/a b"


def test_what_lay_beside_a_workspace_that_moved_with_the_folder_around_it_is_beside_it_again(
    tmp_path: Path,
) -> None:
    project = tmp_path / "project"
    moved = Places(tmp_path / "moved" / "home", f"{project}/home")
    assert moved.found(f"{project}/data/a") == f"{tmp_path}/moved/data/a"
    assert moved.found("/data/a") == "/data/a"
    project.mkdir()  # only the workspace has moved, or it is a copy
    copied = Places(tmp_path / "moved" / "home", f"{project}/home")
    assert copied.found(f"{project}/data/a") == f"{project}/data/a"


def test_in_an_asset_paths_are_found_at_any_depth_and_in_an_event_only_at_the_top() -> None:
    places = Places("/home")
    values = {"path": "/home/a", "tags": {"path": "/home/b"}, "name": "/home/c"}
    assert places.stored_in(values) == {**values, "path": "workspace:a"}
    deep = places.stored_in(values, deep=True)
    assert deep["tags"] == {"path": "workspace:b"} and deep["name"] == "/home/c"
    assert places.found_in(deep, deep=True) == values
