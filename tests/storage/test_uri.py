"""What a data reference points at."""

from __future__ import annotations

import pytest

from parallelsdk.exceptions import ValidationException
from parallelsdk.storage.uri import is_local, local_path, parse_datastore_path, scheme


@pytest.mark.parametrize(
    ("uri", "kind", "path"),
    [
        ("/a/b", "", "/a/b"),
        ("./a:b/c", "", "./a:b/c"),
        ("a%20b", "", "a%20b"),
        ("file:///a%20b%FF", "file", "/a b\udcff"),
        ("file://localhost/a", "file", "/a"),
        ("file:./a", "file", "./a"),
    ],
)
def test_a_local_reference_gives_its_path(uri: str, kind: str, path: str) -> None:
    assert scheme(uri) == kind
    assert is_local(uri)
    assert local_path(uri) == path


@pytest.mark.parametrize(
    ("uri", "kind"),
    [("S3://b/k", "s3"), ("azureml:name:1", "azureml"), ("https://h/x", "https")],
)
def test_a_remote_reference_is_no_path(uri: str, kind: str) -> None:
    assert scheme(uri) == kind
    assert not is_local(uri)
    with pytest.raises(ValidationException, match="not a local path"):
        local_path(uri)


def test_a_file_url_of_another_host_is_refused() -> None:
    with pytest.raises(ValidationException, match="names the host 'data'"):
        local_path("file://data/x.csv")


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://datastores/blob/paths/a/b.csv",
        "azureml://subscriptions/s/resourcegroups/r/workspaces/w/datastores/blob/paths/a/b.csv",
        "azureml://subscriptions/s/resourceGroups/r/providers/"
        "Microsoft.MachineLearningServices/workspaces/w/datastores/blob/paths/a/b.csv",
    ],
)
def test_a_datastore_path_is_taken_apart(uri: str) -> None:
    assert parse_datastore_path(uri) == ("blob", "a/b.csv")


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://datastores/blob/paths/../../x",
        "azureml://datastores/../paths/x",
        "azureml://datastores/./paths/x",
        "azureml:name:1",
        "azureml://registries/r/data/d",
    ],
)
def test_a_datastore_path_cannot_leave_its_datastore(uri: str) -> None:
    with pytest.raises(ValidationException):
        parse_datastore_path(uri)


def test_the_root_of_a_datastore_has_no_path() -> None:
    assert parse_datastore_path("azureml://datastores/d/paths/") == ("d", "")
