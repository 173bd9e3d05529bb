"""Foreign text on a terminal."""

from __future__ import annotations

import pytest

from parallelsdk.client.plain_text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("naïve 漢字 😀", "naïve 漢字 😀"),
        ("red \x1b[31m", r"red \x1b[31m"),
        ("a\rb\x07\x7f\x9b", r"a\rb\x07\x7f\x9b"),
        ("\u202etxt", r"\u202etxt"),
        ("bad \udcff byte", r"bad \udcff byte"),
        ("two\nlines\t.", "two\nlines\t."),
    ],
)
def test_nothing_that_a_terminal_acts_on_gets_through(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_for_one_line_stays_on_one_line() -> None:
    assert printable("a\nb", keep="") == r"a\nb"
