"""Values in a shell line: one word each, whatever they hold and wherever they stand; never run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallelsdk.exceptions import ValidationException
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
    "here-document": ("cat <<EOF\n<one><", ">\nEOF\n"),
    "here-document in quotes": ("cat <<'E F'\n<one><", ">\nE F\n"),
    "here-document behind tabs": ("cat <<-\\EOF\n\t<one><", ">\n\tEOF\n"),
    "here-document of a substitution": ('printf "%s" "$(cat <<A\n<one><', '>\nA\n)"'),
    "second of two here-documents": ("cat <<A /dev/fd/3 3<<'B'\nA\n<one><", ">\nB\n"),
    "behind a here-document": ("cat <<'A' >/dev/null\nit's\nA\nprintf '<%s>' one ", ""),
    "here-string": ("printf '<one><'; cat <<<", "; printf '>'"),
    "substitution in a here-document": ("cat <<A\n<one><$(printf '%s.' ", ")>\nA\n"),
    "quotes in a default": ("printf '<%s>' one \"${z:-'}'}\"", ""),
    "a quote in a pattern": ("z=it; printf '<%s>' one \"${z#'i't}\"", ""),
    "quotes with escapes": ("printf '<%s>' one $'\\'", "'"),
    "translated quotes": ('printf "<%s>" one $"', '"'),
    "case in a substitution": ("printf '<%s>' one \"$(case a in a) printf '%s.' '", "';; esac)\""),
    "behind a shift": ("printf '<%s>' $((1<<2)) ", ""),
    "test of a text": ("[[ a == a && ", " == * ]] && printf '<one><%s>' \"$PARALLELSDK_VALUE_1\""),
    "process substitution": ("printf '<%s>' one \"$(cat <(printf '%s.' ", '))"'),
    "backticks": ("printf '<%s>' one \"`printf '%s.' ", '`"'),
}
SUFFIX = {
    **dict.fromkeys(("substitution", "substitution in a here-document"), "."),
    **dict.fromkeys(("case in a substitution", "process substitution", "backticks"), "."),
    "here-string": "\n",
}
PREFIX = {
    "glued": "--flag=",
    "quotes in a default": "'}'",
    "quotes with escapes": "'",
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
    printed = done.stdout.decode().removesuffix("\n")  # of a here-document
    return printed.removeprefix("<").removesuffix(">").split("><")


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("place", LINES)
def test_a_value_is_one_word_and_is_never_run(tmp_path: Path, place: str, value: str) -> None:
    words = _words(*LINES[place], value, tmp_path)
    expected = PREFIX.get(place, "") + value + SUFFIX.get(place, "")
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


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("echo ${z:-", "}", "stands inside ${ }"),
        ('echo "${z#', '}"', "stands inside ${ }"),
        ("echo $((1 + ", "))", "stands in arithmetic"),
        ("(( n = ", " )); echo $n", "stands in arithmetic"),
        ("echo $[", "]", "stands in arithmetic"),
        ("[[ ", " -gt 3 ]] && echo yes", "stands in arithmetic"),
        ('echo "${z:-\'}" ', "", "stands in a line in which a quote"),
        ("echo 'it is ", "", "stands in a line in which a quote"),
        ("cat <<EOF", "\nx\nEOF\n", "stands in the end mark of a here-document"),
        ("list[", "]=1", "stands in arithmetic"),
        ("list[1+", "]+=1", "stands in arithmetic"),
        ("echo one \\", " two", "stands behind a backslash"),
        ('echo "one \\', '"', "stands behind a backslash"),
        ("echo $'one \\", "'", "stands behind a backslash"),
        ("cat <<EOF\n\\", "\nEOF\n", "stands behind a backslash"),
    ],
)
def test_where_a_value_would_be_evaluated_or_taken_apart_it_is_refused(
    before: str, after: str, why: str
) -> None:
    with pytest.raises(ValidationException, match=r"\$\{\{inputs\.x\}\} " + re.escape(why)):
        shell_line(Word((before, X, after)), lambda _: "a[$(touch ran)]")


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        (("echo $((1 + ", X, "))"), "43"),
        (("echo $(( (1 + ", X, ") * 2 ))"), "86"),
        (("(( n = ", X, " )); echo $n"), "42"),
        (("[[ ", X, " -gt 3 ]] && echo yes"), "yes"),
        (("[[ 1 -lt 3 ]] && echo ", X), "42"),
        (("list[", X, "]=here; echo ${list[42]}"), "here"),
        (("echo a[", X, "]"), "a[42]"),
    ],
)
def test_a_whole_number_may_stand_in_arithmetic(
    line: tuple[str | Reference, ...], printed: str
) -> None:
    text, environment = shell_line(Word(line), lambda _: "42")
    done = subprocess.run(
        ["bash", "-c", text], env={**os.environ, **environment}, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == printed


PIECES = st.sampled_from(
    [
        *("a ", "'it is'", '"$z and `true`"', "$(true)", "$'\\''", "${z:-'b'}", '"${z:-\'}"'),
        *("\\' ", '\\" ', "<<<x", "$((2<<1))", "# no 'comment\n:", "(true);:", "`true`"),
        *("case a in a) :;; esac;:", "<<'A'\nit's $z\nA\n:", '<<A\nit"s $z\nA\n:'),
        *("$(case a in b) :;; esac)", "|cat;:", "&& :"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(before=st.lists(PIECES, max_size=4), quote=st.sampled_from(["", "'", '"']))
def test_behind_whatever_a_value_is_whole(before: list[str], quote: str) -> None:
    """The line is one that bash can read, and then the value arrives as it is."""
    head = ": " + " ".join(before) + "\nprintf '<%s>' " + quote
    try:
        text, environment = shell_line(Word((head, X, quote)), lambda _: "$(echo ran)' \"")
    except ValidationException as error:
        assert "is not closed" in error.message
        text, environment = head + "x" + quote, {}
    done = subprocess.run(
        ["bash", "-c", text], env={**os.environ, **environment}, capture_output=True
    )
    if b"syntax error" in done.stderr or b"unexpected EOF" in done.stderr:
        plain = subprocess.run(
            ["bash", "-nc", head + "x" + quote], capture_output=True, check=False
        )
        assert plain.stderr, (text, done.stderr)  # bash would not have read it anyway
        return
    assert done.stdout.decode().endswith("<$(echo ran)' \">"), (text, done)
