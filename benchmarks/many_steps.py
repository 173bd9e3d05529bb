"""The guide's tabular step, many times in one pipeline; ``sdk`` is whichever SDK is measured."""

from pathlib import Path

from sdk import Input, Output
from sdk.constants import AssetTypes, InputOutputModes
from sdk.dsl import pipeline
from sdk.entities import Environment
from sdk.parallel import RunFunction, parallel_run_function

CONDA = """\
name: parallel-environment
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - numpy
      - pandas
"""


def write_files():
    """What the step refers to, in the current folder."""
    for folder in ("src", "model", "dataset"):
        Path(folder).mkdir()
    Path("src/environment_parallel.yml").write_text(CONDA)
    Path("src/tabular_batch_inference.py").write_text("def run(mini_batch):\n    return []\n")


def tabular_step():
    """A parallel function with all that the guide gives it."""
    return parallel_run_function(
        name="batch_score_with_tabular_input",
        display_name="Score a table",
        description="Scores the rows of a table",
        inputs=dict(
            job_data_path=Input(type=AssetTypes.MLTABLE, description="What is split"),
            score_model=Input(type=AssetTypes.URI_FOLDER, description="The model"),
        ),
        outputs=dict(job_output_path=Output(type=AssetTypes.MLTABLE)),
        input_data="${{inputs.job_data_path}}",
        instance_count=2,
        max_concurrency_per_instance=2,
        mini_batch_size="100",
        mini_batch_error_threshold=5,
        logging_level="DEBUG",
        retry_settings=dict(max_retries=2, timeout=60),
        task=RunFunction(
            code="./src",
            entry_script="tabular_batch_inference.py",
            environment=Environment(
                image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
                conda_file="./src/environment_parallel.yml",
            ),
            program_arguments="--model ${{inputs.score_model}} "
            "--job_output_path ${{outputs.job_output_path}} "
            "--error_threshold 5 "
            "--allowed_failed_percent 30 "
            "--task_overhead_timeout 1200 "
            "--progress_update_timeout 600 "
            "--first_task_creation_timeout 600 "
            "--copy_logs_to_parent True "
            "--resource_monitor_interva 20 ",
            append_row_to="${{outputs.job_output_path}}",
        ),
    )


def build(steps):
    """A pipeline in which each step reads what the one before it wrote."""
    score = tabular_step()

    @pipeline(default_compute="cpu-cluster")
    def many_steps(data, model):
        made = []
        for _ in range(steps):
            made.append(score(job_data_path=data, score_model=model))
            made[-1].inputs.job_data_path.mode = InputOutputModes.DIRECT
            data = made[-1].outputs.job_output_path
        return {"scored": data}

    return many_steps(
        data=Input(path="./dataset/", type=AssetTypes.MLTABLE, mode=InputOutputModes.RO_MOUNT),
        model=Input(path="./model/", type=AssetTypes.URI_FOLDER, mode=InputOutputModes.DOWNLOAD),
    )
