"""Writes the reference of the command line from the commands, so that it cannot be out of date.

Called by ``conf.py`` for each build; the page is not committed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

INTRODUCTION = """\
# Command line

`parallelsdk`, or shorter `psdk`. Answers go to standard output, progress and warnings to standard
error. This page is made from the commands themselves; `--help` shows the same.

| Exit code | Means |
|---|---|
| 0 | the command did what it says; a job that was followed completed |
| 1 | the job failed; a script or notebook given to `azure run` failed |
| 2 | wrong usage, or an invalid file |
| 4 | the environment is at fault: a missing extra, a disk, a permission |
| 5 | parallelsdk is at fault; the message names a file with the trace |
| 130 | interrupted |

`azure run` passes on whatever exit code the script itself gives.

A script for `az ml` needs no other words: write `parallelsdk` for `az ml`. Every command also takes
`--resource-group`/`-g`, `--workspace-name`/`-w` and `--subscription`, and says that they change
nothing; `--debug` shows the traceback of an error, `--only-show-errors` silences notes, `--verbose`
is accepted.
"""


def page(root: click.Group) -> str:
    """The whole page as Markdown."""
    sections = [section(path, command) for path, command in commands(root, root.name or "")]
    return "\n".join([INTRODUCTION, *sections])


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its words, sorted by them."""
    for name in sorted(group.commands):
        command = group.commands[name]
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def section(path: str, command: click.Command) -> str:
    """One command: how it is called, what it does, its options."""
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc(command.help or "").replace("\n\n", "\0").replace("\n", " ")
    lines = [f"## {path}", "", "```text", usage, "```", "", text.replace("\0", "\n\n"), ""]
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        lines += ["| Option | |", "|---|---|"]
        lines += [row(option, context) for option in options]
        lines.append("")
    return "\n".join(lines)


def row(option: click.Option, context: click.Context) -> str:
    """One line of the table of options."""
    names, help_text = option.get_help_record(context) or (", ".join(option.opts), "")
    return f"| `{names.replace('|', ' ')}` | {help_text.replace('|', ' or ')} |"
