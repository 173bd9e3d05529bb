"""The ``${{ }}`` and ``$[[ ]]`` language."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallelsdk._expressions import (
    Expression,
    drop_optional,
    expressions,
    fill,
    split_parts,
    split_words,
    whole,
)


def test_all_placeholders_are_found_in_order() -> None:
    found = expressions("--a ${{inputs.x}} --b ${{ outputs.y.path }}")
    assert [item.path for item in found] == [("inputs", "x"), ("outputs", "y", "path")]
    assert found[1].text == "${{ outputs.y.path }}"


@pytest.mark.parametrize("text", ["${{inputs.x}}", "${{ inputs.x }}", " ${{inputs.x}}\n"])
def test_blanks_are_tolerated_around_a_whole_placeholder(text: str) -> None:
    found = whole(text)
    assert found is not None and found.path == ("inputs", "x")


@pytest.mark.parametrize(
    "text", ["a${{inputs.x}}", "${{inputs.x}}${{inputs.y}}", "inputs.x", "${{}}", ""]
)
def test_a_text_that_holds_more_is_not_a_whole_placeholder(text: str) -> None:
    assert whole(text) is None


def test_filling_replaces_once_and_does_not_look_into_what_it_put() -> None:
    assert fill("a ${{x}} b", lambda item: "${{" + item.path[0] + "}}") == "a ${{x}} b"


def test_parts_alternate_text_and_placeholder() -> None:
    parts = split_parts("a${{x}}${{y}}b")
    assert parts == ["a", Expression(("x",), "${{x}}"), Expression(("y",), "${{y}}"), "b"]


@pytest.mark.parametrize(
    ("is_set", "text"), [(True, "run  --flag ${{inputs.x}} end"), (False, "run  end")]
)
def test_an_optional_fragment_stays_only_when_all_its_references_are_set(
    is_set: bool, text: str
) -> None:
    assert drop_optional("run $[[ --flag ${{inputs.x}}]] end", lambda item: is_set) == text


def test_words_are_cut_as_a_shell_cuts_them_with_placeholders_whole() -> None:
    words = split_words("--model ${{ inputs.m }} 'two words' --out=${{outputs.o}}/x.txt \"\"")
    assert [
        [str(part) if isinstance(part, str) else part.path for part in word] for word in words
    ] == [
        ["--model"],
        [("inputs", "m")],
        ["two words"],
        ["--out=", ("outputs", "o"), "/x.txt"],
        [""],
    ]


def test_a_placeholder_in_quotes_is_still_a_placeholder() -> None:
    assert [word[0] for word in split_words("'${{inputs.a}}' \"${{inputs.b}}\"")] == [
        Expression(("inputs", "a"), "${{inputs.a}}"),
        Expression(("inputs", "b"), "${{inputs.b}}"),
    ]


@pytest.mark.parametrize("text", ["--a 'open", 'x "', "a\0b"])
def test_a_text_that_cannot_be_cut_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"quote|NUL"):
        split_words(text)


@given(st.lists(st.text(st.characters(exclude_characters="\0${}", exclude_categories=["Cs"]))))
def test_without_placeholders_the_words_are_those_of_shlex(words: list[str]) -> None:
    assert split_words(shlex.join(words)) == [[word] for word in words]


@given(st.text(alphabet="a${} .x'\n"))
def test_the_parts_put_together_are_the_text(text: str) -> None:
    assert "".join(p if isinstance(p, str) else p.text for p in split_parts(text)) == text
