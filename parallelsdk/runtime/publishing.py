"""Finished outputs go to where their author wants them, and what a step removed goes there."""

from __future__ import annotations

import os
from pathlib import Path

from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.planning.plan import StepPlan
from parallelsdk.runtime.ports import Warn, Watch
from parallelsdk.runtime.shown_output import read_shown, remove_there
from parallelsdk.storage.delivery import deliver_output
from parallelsdk.storage.unfinished import sweep
from parallelsdk.storage.uri import is_local, local_path


def publish(
    step: StepPlan, folder: StepFolder, watch: Watch, *, owner: str, warn: Warn
) -> dict[str, str]:
    """Copy finished outputs to their destinations; output -> where it lies.

    ``owner`` is this step of this job and no other. Raises DataException, JobException or OSError.
    """
    places = {}
    for output in step.outputs:
        places[output.name] = output.path
        if output.destination is None or not Path(output.path).exists():
            continue
        shown = read_shown(folder, output)
        if shown.here:  # first, for a folder may have come in the place of a file, or the reverse
            goal = os.path.abspath(local_path(output.destination))
            remove_there(shown.removed(output.path, goal), output.path, goal)
        delivery = deliver_output(
            output.path,
            output.destination,
            watch(f"output {output.name}"),
            owner=f"{owner}/{output.name}",
            unchanged=shown.unchanged(output.path),
        )
        if delivery.left_out:
            more = len(delivery.left_out) - 1
            warn(
                f"The output {output.name!r} holds {delivery.left_out[0]}"
                f"{f' and {more} more' if more else ''}, which is no file and was not delivered."
            )
        places[output.name] = output.destination
    return places


def sweep_destinations(step: StepPlan, *, owner: str) -> None:
    """Remove what an earlier run of the step was delivering when it was killed."""
    for output in step.outputs:
        if output.destination is not None and is_local(output.destination):
            sweep(os.path.abspath(local_path(output.destination)), f"{owner}/{output.name}")
