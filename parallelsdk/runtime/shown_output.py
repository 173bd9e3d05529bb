"""What an output's destination holds already is shown to the step, as a mounted folder would be.

Alone, because a step works in its own folder, so that one that fails changes nothing elsewhere: the
content of the destination is put there before it begins, and what the step did to it, new, changed
and removed files, is done to the destination when it has ended well.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from parallelsdk._units import format_bytes
from parallelsdk.constants import AssetTypes, InputOutputModes
from parallelsdk.exceptions import ErrorTarget, JobException
from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.jobstore.seal import seal, unseal
from parallelsdk.planning.plan import OutputPlan, ParallelPlan, StepPlan
from parallelsdk.storage.sharing import ShownFile, can_share, files_to_show, show
from parallelsdk.storage.transfer import remove, replacing
from parallelsdk.storage.uri import is_local, local_path

# So much of an output is copied where the file system cannot share bytes between files.
SHOWN_BYTES: Final = 1024**3

_SHOWN_MODES: Final = (InputOutputModes.RW_MOUNT, InputOutputModes.MOUNT)


@dataclass(frozen=True, slots=True)
class Shown:
    """The files of a destination that a step was shown: as they were there, and in its folder."""

    there: tuple[ShownFile, ...] = ()
    here: tuple[ShownFile, ...] = ()

    def unchanged(self, path: str) -> frozenset[str]:
        """Those that are in the step's folder ``path`` as they were shown."""
        return frozenset(file.name for file in self.here if _is_still(path, file))

    def removed(self, path: str, destination: str) -> list[str]:
        """Those that the step has removed, and that are in the destination as they were then.

        A folder in the place of a file is a removed file as well.
        """
        gone = {f.name for f in self.here if not _is_file(os.path.join(path, f.name))}
        return [f.name for f in self.there if f.name in gone and _is_still(destination, f)]


def shows_content(step: StepPlan) -> bool:
    """Whether the step sees content of a destination, and so depends on it."""
    for output in step.outputs:
        folder = _destination(output)
        if folder is not None and any(files_to_show(folder, hidden=_hidden(step, output))):
            return True
    return False


def show_contents(step: StepPlan, folder: StepFolder, warn: Callable[[str], None]) -> None:
    """Put what the destinations hold into the folders of the outputs, which are replaced.

    ``warn`` hears of an output whose content is not shown because that would be too dear.
    """
    for output in step.outputs:
        destination = _destination(output)
        record = folder.shown(output.name)
        record.unlink(missing_ok=True)
        if destination is None:
            continue
        files = tuple(files_to_show(destination, hidden=_hidden(step, output)))
        if files:
            _show(output, destination, files, folder, warn)


def read_shown(folder: StepFolder, output: OutputPlan) -> Shown:
    """What was shown of the output's destination. Raises JobException for a damaged record."""
    path = folder.shown(output.name)
    try:
        rows = json.loads(unseal(path.read_bytes()))
    except FileNotFoundError:
        return Shown()
    except (OSError, ValueError) as error:
        raise JobException(
            f"{path} is damaged ({error}). It says what the output {output.name!r} held before the "
            "step ran, so nothing is delivered. The output lies beside it, untouched.",
            target=ErrorTarget.JOB,
        ) from error
    there, here = ([ShownFile(*row) for row in rows[key]] for key in ("there", "here"))
    return Shown(tuple(there), tuple(here))


def remove_there(names: list[str], path: str, destination: str) -> None:
    """Remove these files in the destination, and the folders that the step has removed as well."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(destination, name))
        above = os.path.dirname(name)
        while above and not os.path.isdir(os.path.join(path, above)):
            try:
                os.rmdir(os.path.join(destination, above))
            except OSError:  # it holds more than the step was shown
                break
            above = os.path.dirname(above)


def _show(
    output: OutputPlan,
    destination: str,
    files: tuple[ShownFile, ...],
    folder: StepFolder,
    warn: Callable[[str], None],
) -> None:
    partial = folder.unfinished / output.name
    partial.parent.mkdir(exist_ok=True)
    size = sum(file.size for file in files)
    dear = size > SHOWN_BYTES and not can_share(destination, files, str(partial))
    why = ""
    if dear:
        most = format_bytes(SHOWN_BYTES)
        why = f"{format_bytes(size)} cannot be shared there, and no more than {most} is copied"
    try:
        if not why:
            remove(output.path)
            with replacing(output.path, durable=False, unfinished=str(partial)):
                here = show(destination, files, str(partial))
            _write(folder, output, Shown(files, tuple(here)))
    except OSError as error:
        why = str(error)
        remove(output.path)
    if why:
        Path(output.path).mkdir(parents=True, exist_ok=True)
        warn(
            f"The step does not see what the output {output.name!r} holds already, in "
            f"{destination}: {why}. What the step writes is delivered there all the same."
        )


def _write(folder: StepFolder, output: OutputPlan, shown: Shown) -> None:
    rows = {"there": list(map(astuple, shown.there)), "here": list(map(astuple, shown.here))}
    partial = folder.unfinished / output.name
    with replacing(str(folder.shown(output.name)), unfinished=str(partial)):
        partial.write_bytes(seal(json.dumps(rows)))


def _destination(output: OutputPlan) -> str | None:
    """The folder of this machine that the step sees, if there is one."""
    place = output.destination
    if place is None or not is_local(place) or output.type == AssetTypes.URI_FILE:
        return None
    folder = os.path.abspath(local_path(place))
    return folder if output.mode in _SHOWN_MODES and os.path.isdir(folder) else None


def _hidden(step: StepPlan, output: OutputPlan) -> frozenset[str]:
    """The file of returned rows: what is under its name is always that of this job, and whole."""
    if isinstance(step, ParallelPlan) and step.append_row_to == output.name:
        return frozenset({step.settings.append_row_file_name})
    return frozenset()


def _is_file(path: str) -> bool:
    return os.path.islink(path) or os.path.isfile(path)


def _is_still(folder: str, file: ShownFile) -> bool:
    try:
        found = os.stat(os.path.join(folder, file.name))
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns)
