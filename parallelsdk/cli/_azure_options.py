"""Options that every command of ``az ml`` takes, so that a script needs no other words.

Those with a meaning here act; the others are accepted, and a note says that they change nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import click

_SEEN: Final = "parallelsdk.options_of_az"
_WITHOUT_EFFECT: Final = (
    (("--resource-group", "-g"), "GROUP"),
    (("--workspace-name", "-w"), "NAME"),
    (("--subscription",), "ID"),
)
_FLAGS: Final = {
    "--debug": "Show the traceback of an error.",
    "--verbose": "Accepted; there is no more to tell.",
    "--only-show-errors": "Tell no notes.",
}


def accept(command: click.Command) -> None:
    """Let ``command``, and every command below it, take the options of ``az``."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            accept(inner)
        return
    taken = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for names, metavar in _WITHOUT_EFFECT:
        free = [name for name in names if name not in taken]
        text = "Accepted; there is one workspace, which is found by the folder."
        command.params.append(_option(free, metavar=metavar, help=text))
    for flag, text in _FLAGS.items():
        if flag not in taken:
            command.params.append(_option([flag], is_flag=True, help=text))
    command.callback = _telling(command.callback)


def is_given(option: str) -> bool:
    """Whether the present command was called with that option of ``az``."""
    context = click.get_current_context(silent=True)
    return context is not None and option in context.meta.get(_SEEN, ())


def note(text: str) -> None:
    """Tell something that is no error on standard error, unless only errors are wanted."""
    if not is_given("--only-show-errors"):
        click.echo(f"note: {text}", err=True)


def _telling(action: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """``action``, which first says which of the options that were given change nothing."""
    if action is None:
        return None

    @functools.wraps(action)
    def told(*args: Any, **kwargs: Any) -> Any:
        _tell_without_effect()
        return action(*args, **kwargs)

    return told


def _tell_without_effect() -> None:
    context = click.get_current_context()
    names = {names[0] for names, _ in _WITHOUT_EFFECT}
    given = [name for name in context.meta.get(_SEEN, ()) if name in names]
    if given:
        from parallelsdk.client.config import find_workspace

        verb = "changes" if len(given) == 1 else "change"
        note(f"{', '.join(given)} {verb} nothing here: the workspace is {find_workspace().root}")


def _option(names: list[str], **keywords: Any) -> click.Option:
    return click.Option(
        names, expose_value=False, is_eager=True, hidden=True, callback=_remember, **keywords
    )


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value:
        context.meta.setdefault(_SEEN, []).append(option.opts[0])
