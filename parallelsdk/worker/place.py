"""A worker's place as its entry script may ask for it: logger, names, folders.

On Azure a script gets this from ``azureml_user.parallel_run.EntryScript``; a stand-in of that name
leads here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

OUTPUT_VARIABLE = "AZUREML_BI_OUTPUT_PATH"  # Azure's name for the folder of outputs

_LOGGER = "azureml_user.parallel_run"
_FORMAT = "%(asctime)s|%(levelname)s|%(process)d|%(threadName)s|%(message)s"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker works."""

    agent_name: str
    log_dir: Path
    output_dir: Path
    working_dir: Path
    logging_level: str


# Set once, when the process takes its place; elsewhere a script gets the current folder.
_place: Place | None = None


def take(place: Place) -> None:
    """This process works here from now on."""
    global _place
    _place = place


def _current() -> Place:
    here = Path.cwd()
    return _place or Place("process000", here / "logs", here, here, "INFO")


class EntryScript:
    """What Azure's runtime tells an entry script of its process; all instances say the same."""

    def __init__(self, logging_level: str | int | None = None) -> None:
        """``logging_level`` overrides the job's for the script's own log."""
        if logging_level is not None:
            self.logger.setLevel(logging_level)

    @property
    def logger(self) -> logging.Logger:
        """Writes to ``<log_dir>/<agent_name>.log.txt``."""
        place, logger = _current(), logging.getLogger(_LOGGER)
        if not logger.handlers:
            place.log_dir.mkdir(parents=True, exist_ok=True)
            path = place.log_dir / f"{place.agent_name}.log.txt"
            handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
            handler.setFormatter(logging.Formatter(_FORMAT))
            logger.addHandler(handler)
            logger.setLevel(place.logging_level)
            logger.propagate = False  # what goes here does not go to the stdout file as well
        return logger

    @property
    def log_dir(self) -> str:
        """The folder of this script's logs on this node; it may not exist yet."""
        return str(_current().log_dir)

    @property
    def agent_name(self) -> str:
        """The worker's name, ``process000``."""
        return _current().agent_name

    @property
    def output_dir(self) -> str:
        """The folder for outputs, which exists."""
        folder = _current().output_dir
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @property
    def working_dir(self) -> str:
        """The root of the job's code; workers run in folders of their own."""
        return str(_current().working_dir)
