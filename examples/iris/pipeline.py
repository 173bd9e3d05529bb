"""The same job as pipeline.yml, written in Python."""

import os
from pathlib import Path

from parallelsdk import Input, MLClient, Output
from parallelsdk.constants import AssetTypes, InputOutputModes
from parallelsdk.dsl import pipeline
from parallelsdk.entities import Environment
from parallelsdk.parallel import RunFunction, parallel_run_function

os.chdir(Path(__file__).resolve().parent)  # the paths below are relative to this file

batch_prediction = parallel_run_function(
    name="batch_prediction",
    inputs=dict(
        input_data=Input(type=AssetTypes.MLTABLE, mode=InputOutputModes.DIRECT),
        score_model=Input(type=AssetTypes.URI_FOLDER, mode=InputOutputModes.DOWNLOAD),
    ),
    outputs=dict(
        job_output_file=Output(type=AssetTypes.URI_FILE, mode=InputOutputModes.RW_MOUNT),
    ),
    input_data="${{inputs.input_data}}",
    mini_batch_size="10kb",
    instance_count=2,
    max_concurrency_per_instance=2,
    logging_level="DEBUG",
    mini_batch_error_threshold=5,
    retry_settings=dict(max_retries=2, timeout=60),
    task=RunFunction(
        code="./script",
        entry_script="iris_prediction.py",
        environment=Environment(
            name="prs-env",
            version="1",
            image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
            conda_file="./environment/environment_parallel.yml",
        ),
        program_arguments="--model ${{inputs.score_model}} "
        "--error_threshold 5 "
        "--allowed_failed_percent 30 "
        "--task_overhead_timeout 1200 "
        "--progress_update_timeout 600 "
        "--first_task_creation_timeout 600 "
        "--copy_logs_to_parent True "
        "--resource_monitor_interval 20",
        append_row_to="${{outputs.job_output_file}}",
    ),
)


@pipeline(
    display_name="iris-batch-prediction-using-parallel",
    description="The hello world pipeline job with a parallel step",
    tags={"owner": "sdkteam", "tag": "tagvalue"},
    default_compute="cpu-cluster",
)
def iris_batch_prediction(data, model):
    """One parallel step over the irises."""
    scored = batch_prediction(input_data=data, score_model=model)
    scored.inputs.input_data.mode = InputOutputModes.DIRECT
    return {"predictions": scored.outputs.job_output_file}


if __name__ == "__main__":
    ml_client = MLClient.from_config()
    job = ml_client.jobs.create_or_update(
        iris_batch_prediction(
            data=Input(type=AssetTypes.MLTABLE, path="./neural-iris-mltable"),
            model=Input(
                type=AssetTypes.URI_FOLDER, path="./iris-model", mode=InputOutputModes.DOWNLOAD
            ),
        ),
        experiment_name="iris",
    )
    ml_client.jobs.stream(job.name)
    ml_client.jobs.download(job.name, download_path="./downloaded", output_name="predictions")
    print("The predictions are below", Path("downloaded/named-outputs/predictions").resolve())
