"""sys.argv of a worker: the system's arguments first, then the user's words with their values.

Azure's runtime hands its own arguments to the script too. They stand in front, so that where
argparse takes one of them for an abbreviation of a flag of the script, the script's own value comes
later and wins.
"""

from __future__ import annotations

import json
import os

from parallelsdk.constants import AssetTypes
from parallelsdk.planning.plan import OutputPlan, ParallelPlan
from parallelsdk.runtime.ports import Ports


def worker_arguments(plan: ParallelPlan, ports: Ports) -> tuple[str, ...]:
    """All arguments after the script's name."""
    words = [ports.fill(word) for word in plan.arguments]
    return (*_system_arguments(plan, ports), *words)


def append_row_file(plan: ParallelPlan) -> str | None:
    """The file that all returned rows go to, or None when nothing is appended."""
    output = _append_output(plan)
    if output is None:
        return None
    if output.type == AssetTypes.URI_FILE:
        return output.path
    return os.path.join(output.path, plan.settings.append_row_file_name)


def output_folder(plan: ParallelPlan) -> str | None:
    """The folder that Azure calls the output folder: the append_row output's, else the first's."""
    output = _append_output(plan) or next(iter(plan.outputs), None)
    if output is None:
        return None
    return os.path.dirname(output.path) if output.type == AssetTypes.URI_FILE else output.path


def _append_output(plan: ParallelPlan) -> OutputPlan | None:
    return next((o for o in plan.outputs if o.name == plan.append_row_to), None)


def _system_arguments(plan: ParallelPlan, ports: Ports) -> list[str]:
    arguments = ["--logging_level", plan.settings.logging_level]
    arguments += [f"--input_asset_{plan.major_input}", ports.inputs[plan.major_input]]
    output = _append_output(plan)
    if output is not None and output.type == AssetTypes.URI_FILE:
        arguments += ["--output_uri_file", output.path]
    elif output is not None:
        arguments += ["--output", output.path]
        arguments += ["--append_row_file_name", plan.settings.append_row_file_name]
    if plan.settings.partition_keys:
        arguments += ["--partition_keys", json.dumps(plan.settings.partition_keys)]
    return arguments
