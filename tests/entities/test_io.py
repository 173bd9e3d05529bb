"""Input and Output: types, casts, what is refused, and where a local path belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, Output
from parallelsdk.exceptions import UserErrorException, ValidationException


def test_an_input_is_a_folder_unless_told_otherwise() -> None:
    assert Input().type == "uri_folder"
    assert Output().type == "uri_folder"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("integer", "3", 3),
        ("number", 1, 1.0),
        ("boolean", "True", True),
        ("string", 5, "5"),
    ],
)
def test_a_default_is_cast_to_its_type(kind: str, given: Any, expected: Any) -> None:
    default = Input(type=kind, default=given).default
    assert default == expected and type(default) is type(expected)


def test_literal_types_have_no_mode_and_a_true_word_is_optional() -> None:
    given = Input(type="integer", mode="download", optional="true", min="1", max=5)
    assert (given.mode, given.optional, given.min, given.max) == (None, True, 1, 5)


@pytest.mark.parametrize(
    ("fields", "error", "word"),
    [
        ({"type": "integer", "default": "abc"}, UserErrorException, "Default value"),
        ({"type": "uri_file", "default": "x"}, UserErrorException, "Default value"),
        ({"type": "boolean", "default": "perhaps"}, ValidationException, "parameter"),
        ({"type": "string", "path": "./x"}, ValidationException, "Input.path"),
        ({"type": "string", "min": 3}, ValidationException, "Input.min"),
        ({"type": "uri_folder", "max": 3}, ValidationException, "Input.max"),
        ({"type": "integer", "min": "abc"}, ValueError, "Input.min"),
        ({"optional": "perhaps"}, ValidationException, "Input.optional"),
        ({"path": ["a"]}, ValidationException, "Input.path"),
    ],
)
def test_what_cannot_be_is_answered_with_the_field(
    fields: dict[str, Any], error: type[Exception], word: str
) -> None:
    with pytest.raises(error, match=word):
        Input(**fields)


def test_an_assignment_is_checked_like_a_construction() -> None:
    given = Input(type="string")
    with pytest.raises(ValidationException, match=r"Input\.optional"):
        given.optional = "perhaps"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("fields", "word"), [({"name": "a b"}, "name"), ({"version": "1"}, "version")]
)
def test_an_output_that_cannot_be_registered_is_refused(fields: dict[str, str], word: str) -> None:
    with pytest.raises(UserErrorException, match=rf"Output\.{word}"):
        Output(**fields)


def test_positional_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="positional"):
        Input("uri_folder")  # type: ignore[call-arg]


def test_an_input_reads_like_a_mapping_of_its_set_fields() -> None:
    given = Input(type="mltable", path="./x")
    assert dict(given) == {"type": "mltable", "path": "./x"}
    assert str(given) == "{'type': 'mltable', 'path': './x'}"
    assert given == Input(path="./x", type="mltable") != Input(path="./y", type="mltable")


def test_a_local_path_belongs_to_the_folder_in_which_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = Input(path="./data/")
    monkeypatch.chdir("/")
    assert given.path == "./data/"
    assert given.resolved_path == str(tmp_path / "data")


@pytest.mark.parametrize(
    "path",
    [
        "azureml:name:1",
        "azureml:name@latest",
        "azureml://datastores/d/paths/p",
        "https://host/x",
        "wasbs://c@a/x",
        "file:///x",
        "${{parent.inputs.x}}",
    ],
)
def test_urls_references_and_bindings_are_kept(path: str) -> None:
    assert Input(path=path).resolved_path == path


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("azureml:./data", "/base/data"),
        ("azureml:https://h/x", "https://h/x"),
        ("file:./d", "/base/d"),
    ],
)
def test_prefixes_that_azure_prints_before_plain_paths_are_taken_off(
    written: str, expected: str
) -> None:
    given = Input(path=written)
    given.rooted("/base")
    assert given.resolved_path == expected


def test_a_path_that_is_no_valid_utf8_survives() -> None:
    given = Input(path=b"/data/\xff".decode("utf-8", "surrogateescape"))
    assert given.resolved_path == "/data/\udcff"
