"""The variables that Azure's runtime sets for a step, as far as they mean something here.

docs/reference/settings.md says for each what it is there and here. Left out on purpose is all that
would make Azure's own packages believe that a service can be reached: subscription, workspace,
endpoints and tokens. None of them counts when a step is to be reused: they differ from job to job.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from parallelsdk.jobstore.layout import HOME_VARIABLE, StepFolder
from parallelsdk.planning.plan import ParallelPlan, StepPlan
from parallelsdk.runtime.ports import Ports
from parallelsdk.worker.place import OUTPUT_VARIABLE

INPUT: Final = "AZURE_ML_INPUT_"
OUTPUT: Final = "AZURE_ML_OUTPUT_"
PARAMETER: Final = "AZUREML_PARAMETER_"
RUN_ID: Final = "AZUREML_RUN_ID"
ROOT_RUN_ID: Final = "AZUREML_ROOT_RUN_ID"
EXPERIMENT: Final = "AZUREML_EXPERIMENT_NAME"
NODE_COUNT: Final = "AZUREML_NODE_COUNT"
WORK_FOLDERS: Final = ("AZ_BATCHAI_JOB_WORK_DIR", "AZUREML_CR_EXECUTION_WORKING_DIR_PATH")
TEMP_FOLDER: Final = "AZ_BATCHAI_JOB_TEMP"
OURS: Final = "PARALLELSDK_"
LOGS: Final = "AZ_BATCHAI_OUTPUT_logs"
# Every instance is this machine.
NODES: Final = {
    "AZ_BATCH_HOST_LIST": "127.0.0.1",
    "AZ_BATCH_NODE_LIST": "127.0.0.1",
    "AZ_BATCH_IS_CURRENT_NODE_MASTER": "true",
}

_NAMES = frozenset(
    (RUN_ID, ROOT_RUN_ID, EXPERIMENT, NODE_COUNT, TEMP_FOLDER, LOGS, *WORK_FOLDERS, *NODES)
) | {OUTPUT_VARIABLE}
# A literal that is longer stays in the arguments: all variables together must fit into an exec.
_LONGEST_LITERAL: Final = 4096


def azure_environment(
    plan: StepPlan, folder: StepFolder, ports: Ports, *, experiment: str, working: Path
) -> dict[str, str]:
    """The variables for the processes of a step, whose code lies in the folder ``working``.

    The step's own variables win over these, and these over what is inherited.
    """
    job = folder.path.parent.parent.name
    instances = plan.instance_count if isinstance(plan, ParallelPlan) else 1
    found = {
        RUN_ID: f"{job}_{plan.name}",
        ROOT_RUN_ID: job,
        EXPERIMENT: experiment,
        NODE_COUNT: str(instances),
        TEMP_FOLDER: str(folder.temporary),
        LOGS: str(folder.logs),
        **dict.fromkeys(WORK_FOLDERS, str(working)),
        **NODES,
        **{OUTPUT + name: path for name, path in ports.outputs.items()},
    }
    for port in plan.inputs:
        value = ports.inputs[port.name]
        if port.uri is not None:
            found[INPUT + port.name] = value
        elif port.literal is not None and len(value) <= _LONGEST_LITERAL:
            found[INPUT + port.name] = found[PARAMETER + port.name] = value
    return _possible(found)


def is_of_runtime(name: str) -> bool:
    """Whether a variable of that name in a step was set by our runtime."""
    is_ours = name.startswith(OURS) and name != HOME_VARIABLE
    return is_ours or name in _NAMES or name.startswith((INPUT, OUTPUT, PARAMETER))


def _possible(variables: Mapping[str, str]) -> dict[str, str]:
    """Those that an environment can hold."""
    return {
        name: value for name, value in variables.items() if "=" not in name and "\0" not in value
    }
