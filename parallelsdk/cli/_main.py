"""The root of the command line, and the one place where errors become exit codes.

Imports click and the commands' declarations only; what a command needs is imported in its body, so
that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Sequence

import click

from parallelsdk import __version__
from parallelsdk._streams import plug_closed_streams
from parallelsdk.cli import _azure_options
from parallelsdk.cli._asset import groups as assets
from parallelsdk.cli._azure import azure
from parallelsdk.cli._compute import compute
from parallelsdk.cli._datastore import datastore
from parallelsdk.cli._errors import explain
from parallelsdk.cli._job import job
from parallelsdk.cli._options import each_with_its_own
from parallelsdk.cli._schema import schema
from parallelsdk.cli._workspace import workspace

NAME = "parallelsdk"
INTERRUPTED = 130
USAGE = 2


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"{NAME} {__version__}")
        context.exit()


@click.group(name=NAME, context_settings={"help_option_names": ["--help", "-h"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and leave.",
)
def root() -> None:
    """Azure ML's parallel jobs and pipelines on this machine, from the same files."""


for group in (job, *assets, compute, datastore, workspace):
    root.add_command(group)
root.add_command(schema)
_azure_options.accept(root)
root.add_command(azure)


def main() -> None:
    """Entry point of the console scripts."""
    plug_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _tell_own_warnings_plainly()
    sys.exit(run([_as_utf8(argument) for argument in sys.argv[1:]]))


def _tell_own_warnings_plainly() -> None:
    """Our warnings name what was written, and not the line of ours that the command came by."""
    as_ever = warnings.formatwarning
    # The first frame that is not ours is click's, for what a command does.
    callers = tuple(os.path.dirname(file) + os.sep for file in (click.__file__, __file__))

    def told(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if category is UserWarning and filename.startswith(callers):
            return f"warning: {message}\n"
        return as_ever(message, category, filename, lineno, line)

    warnings.formatwarning = told


def _as_utf8(argument: str) -> str:
    """An argument in UTF-8, whatever the locale says; one that is none keeps its bytes."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is told on standard error."""
    # What runs a script hands the arguments on as they are.
    own = list(arguments) if arguments[:1] == ["azure"] else each_with_its_own(arguments)
    try:
        code = root.main(args=own, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of a pipe has seen enough (click answers that with an exit of its own). Nothing
        # may be written to the pipe when Python ends either.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message, code = explain(error, debug="--debug" in arguments)
        click.echo(message, err=True)
    return code if isinstance(code, int) else 0
