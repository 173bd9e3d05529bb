"""Values in a shell line: one word each, whatever they hold and wherever they stand; never run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.planning.plan import Reference, Word
from parallelsdk.runtime.shell_line import shell_line

X = Reference("inputs", "x")
NASTY = [
    "plain",
    "two words",
    "  blanks around  ",
    'a "quoted" word',
    "it's",
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "&& touch ran",
    "$HOME",
    "${HOME}",
    "new\nline",
    "*",
    "~",
    "\\",
    "",
    "-rf",
    "#no comment",
    "caf\u00e9 \U0001f355",
]
# Each prints its arguments one per line; the second argument is the value.
LINES = {
    "bare": ('printf "<%s>" one ', ""),
    "double quotes": ('printf "<%s>" one "', '"'),
    "single quotes": ('printf "<%s>" one \'', "'"),
    "substitution": ('printf "<%s>" one "$(printf "%s." ', ')"'),
    "after a comment": ("# it's a comment\nprintf '<%s>' one ", ""),
    "after an escape": ('printf "<%s>" \\"o\\"ne ', ""),
    "glued": ('printf "<%s>" one --flag=', ""),
}


def _words(before: str, after: str, value: str, folder: Path) -> list[str]:
    text, environment = shell_line(Word((before, X, after)), lambda _: value)
    done = subprocess.run(
        ["bash", "-c", text],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        check=True,
    )
    assert list(folder.iterdir()) == [], "a value was run"
    return done.stdout.decode().removeprefix("<").removesuffix(">").split("><")


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("place", LINES)
def test_a_value_is_one_word_and_is_never_run(tmp_path: Path, place: str, value: str) -> None:
    words = _words(*LINES[place], value, tmp_path)
    expected = {"glued": "--flag=" + value, "substitution": value + "."}.get(place, value)
    assert words[1:] == [expected]


@settings(max_examples=40, deadline=None)
@given(value=st.text(st.characters(exclude_characters="\0<>", exclude_categories=["Cs"])))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.mktemp("line")
    assert _words(*LINES["bare"], value, folder)[1:] == [value]


def test_the_authors_own_shell_still_works(tmp_path: Path) -> None:
    line = Word(
        (
            "for f in a b; do echo $f-",
            X,
            "; done | tr a-z A-Z > out && cat out; rm out",
        )
    )
    text, environment = shell_line(line, lambda _: "x y")
    done = subprocess.run(
        ["bash", "-c", text], env={**os.environ, **environment}, cwd=tmp_path, capture_output=True
    )
    assert done.stdout.decode().split("\n") == ["A-X Y", "B-X Y", ""]
