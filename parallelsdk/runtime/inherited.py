"""The environment that a job inherits from whoever submits it: what is handed on, and what counts.

Everything that is handed on may decide what a step computes, so all of it counts when a step is to
be reused, but for what a terminal or a login changes by itself.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from parallelsdk._start import absolute_entries
from parallelsdk.backends._reaper import MARK
from parallelsdk.jobstore.layout import PRIVATE_FILE, Workspace
from parallelsdk.planning.plan import StepPlan
from parallelsdk.runtime.azure_environment import is_of_runtime
from parallelsdk.worker import shims

PYTHONPATH = "PYTHONPATH"

# What a shell, a terminal, ssh, a desktop session or a notebook server sets anew each time; a star
# stands for any end. docs/how-to/reuse-steps.md lists them for users. No name that somebody's code
# could mean something else by: a rolling WINDOW, a PROMPT, KDE_BANDWIDTH, JPY_RATE. To run a step
# once more costs time, and to believe a stale result costs more.
_SESSION = """
    _ SHLVL PWD OLDPWD PS1 PS2 PS4 PROMPT_COMMAND HISTFILE HISTSIZE HISTFILESIZE HISTCONTROL
    LS_COLORS LESSOPEN LESSCLOSE MAIL MOTD_SHOWN NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE
    CONDA_SHLVL CONDA_PROMPT_MODIFIER VIRTUAL_ENV_PROMPT STARSHIP_SHELL STARSHIP_SESSION_KEY
    ATUIN_SESSION ATUIN_HISTORY_ID DIRENV_DIR DIRENV_FILE DIRENV_DIFF DIRENV_WATCHES
    TERM TERMINFO TERMCAP TERM_PROGRAM TERM_PROGRAM_VERSION TERM_SESSION_ID TERM_FEATURES
    TERMINAL_EMULATOR COLORTERM COLORFGBG TMUX TMUX_PANE TMUX_TMPDIR STY WINDOWID WINDOWPATH
    VTE_VERSION GNOME_TERMINAL_* KONSOLE_* ITERM_PROFILE ITERM_SESSION_ID LC_TERMINAL
    LC_TERMINAL_VERSION KITTY_* ALACRITTY_* WEZTERM_* GHOSTTY_* ZELLIJ ZELLIJ_* WT_SESSION
    WT_PROFILE_ID WSLENV WSL_INTEROP VSCODE_* INSIDE_EMACS
    SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK SSH_AGENT_PID SSH_ASKPASS GPG_AGENT_INFO
    GPG_TTY KRB5CCNAME
    DISPLAY WAYLAND_DISPLAY WAYLAND_SOCKET XAUTHORITY DBUS_SESSION_BUS_* SESSION_MANAGER
    DESKTOP_SESSION DESKTOP_STARTUP_ID DESKTOP_AUTOSTART_ID GDMSESSION GDM_LANG
    GNOME_DESKTOP_SESSION_ID GNOME_SETUP_DISPLAY GNOME_SHELL_SESSION_MODE KDE_FULL_SESSION
    KDE_SESSION_* KDE_APPLICATIONS_AS_SCOPE SWAYSOCK I3SOCK HYPRLAND_INSTANCE_SIGNATURE
    XDG_SESSION_* XDG_RUNTIME_DIR XDG_SEAT XDG_SEAT_PATH XDG_VTNR XDG_MENU_PREFIX
    XDG_CURRENT_DESKTOP XDG_ACTIVATION_TOKEN XDG_GREETER_DATA_DIR XDG_DATA_DIRS INVOCATION_ID
    JOURNAL_STREAM MANAGERPID MANAGERPIDFDID SYSTEMD_EXEC_PID MEMORY_PRESSURE_WATCH
    MEMORY_PRESSURE_WRITE NOTIFY_SOCKET LISTEN_PID LISTEN_FDS LISTEN_FDNAMES SHELL_SESSION_ID
    SECURITYSESSIONID XPC_FLAGS XPC_SERVICE_NAME __CF*
    JPY_PARENT_PID JPY_SESSION_NAME JUPYTERHUB_* JUPYTER_SERVER_* PYDEVD_*
    PARALLELSDK_*
"""
SESSION_VARIABLES = tuple(_SESSION.split())
_NAMES = frozenset(name for name in SESSION_VARIABLES if not name.endswith("*"))
_BEGINNINGS = tuple(name[:-1] for name in SESSION_VARIABLES if name.endswith("*"))
_KEY_BYTES = 32


def environment_of_driver() -> dict[str, str]:
    """The environment of this process as a job gets it.

    Relative entries of PYTHONPATH become absolute, because the job runs elsewhere. A job that is
    started by a step of another one is no part of it: what that one's runtime has set stays behind.
    """
    environment = dict(os.environ)
    if environment.pop(MARK, None) is not None:
        environment = {n: v for n, v in environment.items() if not is_of_runtime(n)}
    path = environment.pop(PYTHONPATH, "")
    if path:
        with contextlib.suppress(FileNotFoundError):  # the current folder is gone
            path = absolute_entries(path, os.getcwd())
        entries = [entry for entry in path.split(os.pathsep) if entry != shims.FOLDER]
        if entries:
            environment[PYTHONPATH] = os.pathsep.join(entries)
    return environment


def counts(name: str) -> bool:
    """Whether an inherited variable of that name may decide what a step computes."""
    return name not in _NAMES and not name.startswith(_BEGINNINGS)


@dataclass(frozen=True, slots=True)
class Inherited:
    """The environment of a driver as far as it counts: keyed digests, and where modules are."""

    variables: Mapping[str, str]
    path: str  # PYTHONPATH, absolute; "" for none

    @classmethod
    def of(cls, environment: Mapping[str, str], key: bytes) -> Inherited:
        """``environment``, digested with ``key``: a plain digest of a short secret is soon guessed,
        and none of a value's may be found in a workspace."""
        found = {n: _digest(key, n, v) for n, v in environment.items() if counts(n)}
        return cls(found, environment.get(PYTHONPATH, ""))

    def digests(self, *, besides: Collection[str]) -> dict[str, str]:
        """The digest of each variable that counts for a step with own variables ``besides``."""
        return {name: found for name, found in self.variables.items() if name not in besides}

    def python_path(self, step: StepPlan) -> str:
        """The PYTHONPATH of ``step``, absolute; "" for none."""
        own = step.environment_variables.get(PYTHONPATH)
        if own is None:
            return self.path
        # Without code the step begins in an empty folder: nothing is found by a relative entry.
        return absolute_entries(own, step.code or os.devnull) if own else ""


def workspace_key(workspace: Workspace) -> bytes:
    """The random key of a workspace's digests, made when it is first asked for.

    Without it, or with another one, nothing looks unchanged: steps run once more.
    """
    path = workspace.digest_key
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        try:
            os.write(fd, secrets.token_bytes(_KEY_BYTES))
            os.fsync(fd)
        finally:
            os.close(fd)
        _claim(made, path)
    return path.read_bytes()


def _claim(made: Path, path: Path) -> None:
    """Give ``made`` the name ``path``, unless another process was quicker: one key for all."""
    try:
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    except OSError:  # a file system without hard links: then two of the first jobs may differ
        os.replace(made, path)
        return
    made.unlink()


def _digest(key: bytes, name: str, value: str) -> str:
    text = os.fsencode(f"{name}={value}")
    return hmac.digest(key, text, "sha256").hex()[:32]
