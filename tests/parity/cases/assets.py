"""Data, models and commands: what they hold, and how they are passed."""

from pathlib import Path
from typing import Any

from _files import command_function, data, write, write_code
from sdk import (
    Input,
    MpiDistribution,
    Output,
    PyTorchDistribution,
    RayDistribution,
    TensorFlowDistribution,
    command,
)
from sdk.dsl import pipeline
from sdk.entities import (
    AmlCompute,
    CommandComponent,
    Data,
    JobResourceConfiguration,
    Model,
    PipelineComponent,
    ResourceConfiguration,
)


def chained(source: Any) -> Any:
    """A job with ``source`` as argument."""
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    return chain(source=source)


def case_a_registered_data_asset_as_argument(folder: Path) -> Any:
    return chained(Data(name="sales", version="3", type="uri_folder"))


def case_a_registered_model_as_argument(folder: Path) -> Any:
    return chained(Model(name="net", version="1", type="mlflow_model"))


def case_what_a_data_asset_holds(folder: Path) -> Any:
    found = Data(name="sales", version="3", path="./x", description="d", tags={"a": "b"})
    bare = Data(path="azureml://datastores/d/paths/x")
    return [
        [found.name, found.version, found.type, found.description, found.tags],
        [str(found.path).endswith("/x"), bare.path, bare.type],
    ]


def case_what_a_model_holds(folder: Path) -> Any:
    found = Model(
        name="net", version="1", path="azureml://datastores/d/paths/x", type="mlflow_model"
    )
    return [found.name, found.version, found.type, found.path]


def case_resources_hold_what_they_are_given(folder: Path) -> Any:
    one = ResourceConfiguration(instance_count=2, instance_type="a")
    two = JobResourceConfiguration(instance_count=3, shm_size="2g", nonsense=1)
    return [
        [one.instance_count, one.instance_type, one.properties],
        [two.instance_count, two.shm_size, two.docker_args, two.locations],
    ]


def case_a_command_with_a_code_folder(folder: Path) -> Any:
    code = write_code(folder)
    run = command_function(code=code, command="python entry.py")

    @pipeline(default_compute="cpu")
    def chain(source):
        step = run(source=source)
        return {"out": step.outputs.files}

    return chain(source=data())


def case_a_commands_line_and_code_live_on_its_component(folder: Path) -> Any:
    run = command_function(code=write_code(folder))
    run.command = "echo changed"
    return [run.component.command, run.command, run(source=data()).command, run.code]


def case_distributions(folder: Path) -> Any:
    kinds = [
        MpiDistribution(process_count_per_instance=2),
        PyTorchDistribution(process_count_per_instance=4),
        TensorFlowDistribution(parameter_server_count=1, worker_count=3),
        RayDistribution(port=6379, head_node_additional_args="--x"),
    ]

    def job(kind: Any) -> Any:
        run = command_function(distribution=kind, instance_count=2)

        @pipeline(default_compute="cpu")
        def chain(source):
            step = run(source=source)
            return {"out": step.outputs.files}

        return chain(source=data())

    return [job(kind) for kind in kinds]


def case_a_distribution_as_a_mapping_or_set_later(folder: Path) -> Any:
    run = command_function(distribution={"type": "mpi", "process_count_per_instance": 2})

    @pipeline(default_compute="cpu")
    def chain(source):
        one = run(source=source)
        two = run(source=source)
        two.distribution = PyTorchDistribution(process_count_per_instance=1)
        return {"a": one.outputs.files, "b": two.outputs.files}

    return chain(source=data())


def case_a_compute(folder: Path) -> Any:
    found = AmlCompute(name="cpu-cluster", size="small", min_instances=0, max_instances=4)
    return [found.name, found.size, found.min_instances, found.max_instances, found.type]


def case_a_command_component_made_by_hand(folder: Path) -> Any:
    component = CommandComponent(
        name="by_hand",
        version="2",
        display_name="By hand",
        command="echo ${{inputs.n}}",
        inputs={"n": Input(type="integer", default=3)},
        outputs={"files": Output(type="mltable")},
        environment="azureml:kit-env:3",
        tags={"a": "b"},
    )

    @pipeline(default_compute="cpu")
    def chain():
        step = component(n=4)
        return {"out": step.outputs.files}

    return [component, chain()]


def case_what_a_command_function_says_of_itself(folder: Path) -> Any:
    run = command(
        name="shown",
        display_name="Shown",
        command="echo",
        environment="azureml:kit-env:3",
        is_deterministic=False,
        tags={"a": "b"},
    )
    return [run.component, run.name, run.component.is_deterministic]


def case_a_pipeline_component_from_a_decorated_function(folder: Path) -> Any:
    job = chained(data())
    component = job.component
    return [isinstance(component, PipelineComponent), component.name, list(component.jobs)]


def case_paths_that_are_path_objects(folder: Path) -> Any:
    write(folder, "src/x.py", "")
    run = command_function(code=Path("src"), command="echo")
    found = run(source=Input(type="uri_folder", path=Path("some/folder")))
    return [str(run.code), str(found.inputs.source.path)]
