"""The reference of the command line has every command and every option."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import click
import pytest

from parallelsdk.cli._main import root as parallelsdk

HERE = Path(__file__).resolve()


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """docs/command_line.py, which is no part of the package."""
    path = HERE.parents[2] / "docs" / "command_line.py"
    spec = importlib.util.spec_from_file_location("docs_command_line", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(group: click.Group, words: str) -> list[tuple[str, click.Command]]:
    """Every command that is no group."""
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        path = f"{words} {name}"
        found += leaves(command, path) if isinstance(command, click.Group) else [(path, command)]
    return found


def test_every_command_has_a_section_with_all_of_its_options(generator: ModuleType) -> None:
    page = generator.page(parallelsdk)
    sections = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])

    assert {"parallelsdk job create", "parallelsdk azure run"} <= set(sections)
    for words, command in leaves(parallelsdk, "parallelsdk"):
        text = sections[words]
        assert "```text\n" + words in text
        for option in command.params:
            if isinstance(option, click.Option):
                place = generator.INTRODUCTION if option.hidden else text
                assert option.opts[0] in place, f"{words} {option.opts[0]}"


def test_every_command_and_every_option_says_what_it_does() -> None:
    silent = [
        f"{words} {option.name}"
        for words, command in leaves(parallelsdk, "parallelsdk")
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]

    assert not silent
    assert not [words for words, command in leaves(parallelsdk, "parallelsdk") if not command.help]


def test_the_exit_codes_are_those_of_the_code(generator: ModuleType) -> None:
    from parallelsdk.cli import _errors, _main, _watch

    codes = {_watch.COMPLETED, _watch.FAILED, _errors.FAILED, _errors.WRONG}
    codes |= {_errors.ENVIRONMENT, _errors.INTERNAL, _main.INTERRUPTED, _main.USAGE}

    assert all(f"\n| {code} | " in generator.INTRODUCTION for code in codes)
