"""The Python samples, in shape: each function builds a pipeline job from the files of a folder.

They are written with the names of the SDK under test alone, relative to the current folder.
"""

from __future__ import annotations

from typing import Any

from parallelsdk import Input, Output, load_component
from parallelsdk.constants import AssetTypes, InputOutputModes
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Environment
from parallelsdk.parallel import RunFunction, parallel_run_function

ARGUMENTS = (
    "--allowed_failed_percent 30 --task_overhead_timeout 1200 --progress_update_timeout 600 "
    "--first_task_creation_timeout 600 --copy_logs_to_parent True --resource_monitor_interva 20 "
)


def one_model_per_shop() -> Any:
    """Partition by keys; the instance overrides what the function was made with."""
    partition_data = load_component(source="./src/partition.yml")
    train = parallel_run_function(
        name="train_many_models_with_partition_keys",
        display_name="One model for each partition",
        inputs=dict(
            data_source=Input(type=AssetTypes.MLTABLE, mode=InputOutputModes.DIRECT),
            drop_cols=Input(type="string"),
            target_col=Input(type="string"),
            date_col=Input(type="string"),
            date_freq=Input(type="string", default="7D"),
        ),
        outputs=dict(
            model_folder=Output(type=AssetTypes.URI_FOLDER, mode=InputOutputModes.RW_MOUNT)
        ),
        input_data="${{inputs.data_source}}",
        instance_count=2,
        max_concurrency_per_instance=1,
        mini_batch_error_threshold=5,
        retry_settings=dict(max_retries=2, timeout=60),
        logging_level="DEBUG",
        partition_keys=["Store", "Brand"],
        environment_variables={"WHERE": "sample"},
        task=RunFunction(
            code="./src",
            entry_script="train.py",
            environment=Environment(
                image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
                conda_file="./src/conda.yml",
            ),
            program_arguments="--drop_cols ${{inputs.drop_cols}} "
            "--target_col ${{inputs.target_col}} "
            "--date_col ${{inputs.date_col}} "
            "--date_freq ${{inputs.date_freq}} "
            "--model_folder ${{outputs.model_folder}} " + ARGUMENTS,
        ),
    )

    @pipeline(default_compute="cpu-cluster")
    def parallel_job_in_pipeline(source):
        """Partition, then train."""
        partition_job = partition_data(data_source=source, partition_keys="Store,Brand")
        partition_job.outputs.tabular_output_data.type = AssetTypes.MLTABLE

        many_models = train(
            data_source=partition_job.outputs.tabular_output_data,
            drop_cols="Advert,Price",
            target_col="Quantity",
            date_col="WeekStarting",
        )
        many_models.resources.instance_count = 3
        many_models.max_concurrency_per_instance = 2
        many_models.mini_batch_error_threshold = 10
        many_models.outputs.model_folder.type = AssetTypes.URI_FOLDER
        return {"models": many_models.outputs.model_folder}

    return parallel_job_in_pipeline(Input(path="./data", type=AssetTypes.URI_FOLDER))


def flowers_by_petal() -> Any:
    """A table; inputs are given inside the pipeline, the output has a path in a datastore."""
    score = parallel_run_function(
        name="tabular_batch_inference",
        inputs=dict(
            input_data=Input(type=AssetTypes.MLTABLE, description="The table"),
            score_model=Input(type=AssetTypes.URI_FOLDER, description="The model"),
        ),
        outputs=dict(job_output_file=Output(type=AssetTypes.URI_FILE)),
        input_data="${{inputs.input_data}}",
        instance_count=2,
        max_concurrency_per_instance=2,
        mini_batch_size="10kb",
        mini_batch_error_threshold=5,
        retry_settings=dict(max_retries=2, timeout=60),
        logging_level="DEBUG",
        task=RunFunction(
            code="./script",
            entry_script="score.py",
            environment=Environment(
                image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
                conda_file="./environment/conda.yml",
            ),
            program_arguments="--model ${{inputs.score_model}} --error_threshold 5 " + ARGUMENTS,
            append_row_to="${{outputs.job_output_file}}",
        ),
    )
    return _with_path_output(score, data="./data", data_type=AssetTypes.MLTABLE, mode="direct")


def bars() -> Any:
    """Files, of a component's output, in a function of its own."""
    prepare_data = load_component(source="./components/prepare_data.yml")
    identify = _identify()

    @pipeline(default_compute="cpu-cluster")
    def identify_bars():
        """Draw, then identify."""
        drawn = prepare_data()
        identified = identify(
            input_data=drawn.outputs.images,
            score_model=Input(type="uri_folder", path="./model", mode="download"),
        )
        identified.inputs.input_data.mode = InputOutputModes.RO_MOUNT
        identified.mini_batch_error_threshold = 10
        identified.outputs.job_output_file.path = (
            "azureml://datastores/${{default_datastore}}/paths/${{name}}/answers.txt"
        )

    return identify_bars()


def _identify() -> Any:
    return parallel_run_function(
        name="file_batch_inference",
        inputs=dict(
            input_data=Input(type=AssetTypes.URI_FOLDER),
            score_model=Input(type=AssetTypes.URI_FOLDER),
        ),
        outputs=dict(job_output_file=Output(type=AssetTypes.URI_FILE)),
        input_data="${{inputs.input_data}}",
        instance_count=2,
        max_concurrency_per_instance=2,
        mini_batch_size="5",
        mini_batch_error_threshold=5,
        retry_settings=dict(max_retries=2, timeout=60),
        logging_level="DEBUG",
        task=RunFunction(
            code="./script",
            entry_script="count_bars.py",
            environment="azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu:1",
            program_arguments="--model ${{inputs.score_model}} " + ARGUMENTS,
            append_row_to="${{outputs.job_output_file}}",
        ),
    )


def _with_path_output(function: Any, *, data: str, data_type: str, mode: str) -> Any:
    """A pipeline without inputs of its own around one call of ``function``."""

    @pipeline(default_compute="cpu-cluster")
    def parallel_job_in_pipeline():
        scored = function(
            input_data=Input(type=data_type, path=data, mode=mode),
            score_model=Input(type="uri_folder", path="./model", mode="download"),
        )
        scored.mini_batch_error_threshold = 10
        scored.outputs.job_output_file.mode = InputOutputModes.RW_MOUNT
        scored.outputs.job_output_file.path = (
            "azureml://datastores/${{default_datastore}}/paths/${{name}}/aggregated_returns.csv"
        )

    return parallel_job_in_pipeline()
