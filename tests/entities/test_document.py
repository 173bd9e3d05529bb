"""YAML documents: places, duplicates, broken and hostile text."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from parallelsdk.entities._document import read_document
from parallelsdk.exceptions import ValidationException

TEXT = """\
a: 1
b:
  - x
  - {c: 2020-01-31, d: yes}
base: &base {k: 1, l: 2}
merged:
  <<: *base
  l: 3
"""


def test_values_are_plain_and_dates_stay_text() -> None:
    document = read_document(io.StringIO(TEXT))
    assert document.value == {
        "a": 1,
        "b": ["x", {"c": "2020-01-31", "d": True}],
        "base": {"k": 1, "l": 2},
        "merged": {"k": 1, "l": 3},
    }


def test_every_path_has_its_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(TEXT)
    document = read_document(file)
    assert document.place("b.1.d") == f"{file}:4:21"
    assert document.place("b.1.unknown.deeper") == f"{file}:4:5"
    assert document.place("unknown") == f"{file}:1:1"


def test_a_text_without_a_file_has_no_places() -> None:
    assert read_document(io.StringIO(TEXT)).place("a") == ""


def test_relative_paths_belong_to_the_file_or_to_the_given_origin(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("a: 1")
    assert read_document(file).folder == str(tmp_path)
    assert read_document(io.StringIO("a: 1"), tmp_path / "y" / "z.yml").folder == str(
        tmp_path / "y"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yml:3:1: a: this key stands twice, also in line 1"),
        ("a: {b: 1, b: 2}", "x.yml:1:11: a.b: this key stands twice"),
        ("a: [1\nb: 2", r"x.yml:2:\d+: this is no valid YAML"),
        ("a: &x [*x]", "an alias that holds itself"),
        ("a: !!python/name:os.system ''", "x.yml:1:4: a: the tag .* is not supported"),
        ("? [1, 2]\n: 3", "x.yml:1:3: a key must be a text"),
        ("a: 1\n---\nb: 2", "this is no valid YAML"),
        ("a: " + "[" * 3000, "this is no valid YAML"),
    ],
)
def test_broken_text_is_answered_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x.yml"
    file.write_text(text)
    with pytest.raises(ValidationException, match=message):
        read_document(file)


def test_text_that_is_no_utf8_is_answered_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_bytes(b"a: 1\nb: \xff\xfe\n")
    with pytest.raises(ValidationException, match=r"x\.yml:2: .*UTF-8"):
        read_document(file)


def test_a_missing_file_is_answered_with_its_name() -> None:
    with pytest.raises(ValidationException, match=r"No such file or directory: 'nothing\.yml'"):
        read_document("nothing.yml")


def test_a_file_of_nested_aliases_is_refused_quickly() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    started = time.perf_counter()
    with pytest.raises(ValidationException, match="aliases expand"):
        read_document(io.StringIO("\n".join(levels)))
    assert time.perf_counter() - started < 20


def test_honest_repetition_of_an_anchor_is_fine() -> None:
    text = "base: &b {x: 1}\n" + "".join(f"s{n}: *b\n" for n in range(500))
    assert read_document(io.StringIO(text)).value["s499"] == {"x": 1}


def test_all_duplicates_are_told_at_once() -> None:
    with pytest.raises(ValidationException) as caught:
        read_document(io.StringIO("a: 1\na: 2\nb: 1\nb: 2\n"))
    assert len(caught.value.message.splitlines()) == 2
