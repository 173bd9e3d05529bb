"""``parallelsdk azure run``: a script or a notebook that imports azure.ai.ml, as it is."""

from __future__ import annotations

import click

NOTEBOOK = ".ipynb"

_output = click.Option(
    ["--output", "-o"],
    metavar="FILE",
    help="Write the executed notebook to FILE; for notebooks only.",
)
_debug = click.Option(
    ["--debug"], is_flag=True, help="Show the frames of parallelsdk in a traceback as well."
)


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(file: str, arguments: tuple[str, ...], output: str | None, debug: bool) -> int:
    """Run FILE, a script or a notebook that imports azure.ai.ml and azure.identity, unchanged.

    parallelsdk plays the two packages: jobs run on this machine, nothing is sent to Azure. What
    stands behind the name of a script is passed on to it, and its exit code is passed back.
    """
    if file.endswith(NOTEBOOK):
        output, debug = _options_behind(arguments, output, debug)
        from parallelsdk.azure._notebook import run_notebook

        return run_notebook(file, output=output, debug=debug)
    if output is not None:
        raise click.UsageError("--output is for notebooks; a script's output is what it prints.")
    from parallelsdk.azure._script import run_script

    return run_script(file, arguments, debug=debug)


run.params += [_output, _debug]


def _options_behind(
    arguments: tuple[str, ...], output: str | None, debug: bool
) -> tuple[str | None, bool]:
    """The same options behind the name of a notebook, which takes no arguments of its own."""
    behind = click.Command("run", params=[_output, _debug]).make_context("run", list(arguments))
    return behind.params["output"] or output, behind.params["debug"] or debug
