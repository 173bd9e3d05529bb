"""What of Azure's package ``azureml.core`` cannot be here, and what there is instead.

Names of it can be imported, because scripts import many and use few. Whoever uses one gets an error
that says what to do.
"""

from __future__ import annotations

from typing import Final, NoReturn

_STORE: Final = "declare an input or an output of the step, and read its path from the arguments"
_CLIENT: Final = "parallelsdk.MLClient() is the local workspace"

# Names of ``azureml.core`` that only Azure's service could fill.
NAMES: Final = {
    "ComputeTarget": "a job runs on this machine",
    "Dataset": _STORE,
    "Datastore": _STORE,
    "Environment": "a step runs in the Python that runs parallelsdk",
    "Experiment": "Run.get_context().experiment.name is its name",
    "Keyvault": "hand secrets over as environment variables of the one who submits",
    "Model": "give the model as an input of the step, and read its path from the arguments",
    "RunConfiguration": _CLIENT,
    "ScriptRunConfig": _CLIENT,
    "Webservice": "nothing is deployed on this machine",
    "Workspace": _CLIENT,
}

# The same of a run.
OF_RUN: Final = {
    "get_secret": "hand the secret over as an environment variable of the one who submits",
    "get_secrets": "hand the secrets over as environment variables of the one who submits",
    "register_model": "write the model to an output of the step, and register that with "
    "MLClient.models.create_or_update",
    "get_environment": "a step runs in the Python that runs parallelsdk",
    "submit_child": "make it a step of the pipeline",
    "create_children": "use child_run() for each, or a parallel step",
    "get_children": "MLClient.jobs.list(parent_job_name=...) has the steps of a job",
    "wait_for_completion": "MLClient.jobs.stream(name) waits for a job",
    "take_snapshot": "the job's folder holds a snapshot of its code",
    "get_snapshot_id": "the job's folder holds a snapshot of its code",
    "restore_snapshot": "the job's folder holds a snapshot of its code",
    "output_datasets": "declare an output of the step",
    "get_all_logs": "MLClient.jobs.download(name) has the logs of a job that has ended",
    "get_details_with_logs": "MLClient.jobs.download(name) has the logs of a job that has ended",
    "list": "MLClient.jobs.list() has the jobs of a workspace",
    "get": "MLClient.jobs.get(name) has a job",
}


def unavailable(what: str, instead: str) -> NoReturn:
    """Raise the error for something that is Azure's alone."""
    raise NotImplementedError(f"{what} needs Azure's service, which a local job has not: {instead}")


class Absent(type):
    """The class of classes that can be imported and not used."""

    def __call__(cls, *arguments: object, **options: object) -> NoReturn:
        unavailable(cls.__name__, NAMES[cls.__name__])

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # asked for by tools that look at a class
        unavailable(f"{cls.__name__}.{name}", NAMES[cls.__name__])


class Experiment:
    """The experiment of a run: a name, and no workspace."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def workspace(self) -> NoReturn:
        """Not to be had."""
        unavailable("run.experiment.workspace", "parallelsdk.MLClient() is the local workspace")
