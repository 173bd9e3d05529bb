"""A command step and two parallel steps, in the words of Azure's own SDK and of nothing else."""

from azure.ai.ml import Input, MLClient, Output, load_component
from azure.ai.ml.constants import AssetTypes, InputOutputModes
from azure.ai.ml.dsl import pipeline
from azure.ai.ml.entities import Environment
from azure.ai.ml.parallel import RunFunction, parallel_run_function
from azure.identity import DefaultAzureCredential, InteractiveBrowserCredential

try:
    credential = DefaultAzureCredential()
    # Can it get a token?
    credential.get_token("https://management.azure.com/.default")
except Exception:
    # if not, ask in a browser window
    credential = InteractiveBrowserCredential()

# a handle to the workspace that config.json names
ml_client = MLClient.from_config(credential=credential)

# a compute that was attached before
cpu_compute_target = "cpu-cluster"
print(ml_client.compute.get(cpu_compute_target))

# a command component from YAML: one table in, a list of files and a table out
prepare_data = load_component(source="./src/prepare_data.yml")

# one report for each file
file_batch_inference = parallel_run_function(
    name="file_batch_score",
    display_name="Batch Score with File Dataset",
    description="Score files",
    inputs=dict(
        job_data_path=Input(
            type=AssetTypes.MLTABLE,
            description="What is split into mini-batches",
        )
    ),
    outputs=dict(job_output_path=Output(type=AssetTypes.MLTABLE)),
    input_data="${{inputs.job_data_path}}",
    instance_count=2,
    max_concurrency_per_instance=1,
    mini_batch_size="1",
    mini_batch_error_threshold=1,
    retry_settings=dict(max_retries=2, timeout=60),
    logging_level="DEBUG",
    task=RunFunction(
        code="./src",
        entry_script="file_batch_inference.py",
        program_arguments="--job_output_path ${{outputs.job_output_path}}",
        environment="azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu:1",
    ),
)

# one prediction for each row
tabular_batch_inference = parallel_run_function(
    name="batch_score_with_tabular_input",
    display_name="Batch Score with Tabular Dataset",
    description="Score rows",
    inputs=dict(
        job_data_path=Input(
            type=AssetTypes.MLTABLE,
            description="What is split into mini-batches",
        ),
        score_model=Input(
            type=AssetTypes.URI_FOLDER, description="Every worker gets the whole of it"
        ),
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


@pipeline()
def parallel_in_pipeline(pipeline_job_data_path, pipeline_score_model):
    """Prepare the data, then score the files and the table side by side."""
    prepare_file_tabular_data = prepare_data(input_data=pipeline_job_data_path)
    # both outputs are folders that hold an MLTable file
    prepare_file_tabular_data.outputs.file_output_data.type = AssetTypes.MLTABLE
    prepare_file_tabular_data.outputs.tabular_output_data.type = AssetTypes.MLTABLE

    batch_inference_with_file_data = file_batch_inference(
        job_data_path=prepare_file_tabular_data.outputs.file_output_data
    )
    # the list of files that the MLTable evaluates to
    batch_inference_with_file_data.inputs.job_data_path.mode = InputOutputModes.EVAL_MOUNT
    batch_inference_with_file_data.outputs.job_output_path.type = AssetTypes.MLTABLE

    batch_inference_with_tabular_data = tabular_batch_inference(
        job_data_path=prepare_file_tabular_data.outputs.tabular_output_data,
        score_model=pipeline_score_model,
    )
    # the MLTable itself, read as a table
    batch_inference_with_tabular_data.inputs.job_data_path.mode = InputOutputModes.DIRECT

    return {
        "pipeline_job_out_file": batch_inference_with_file_data.outputs.job_output_path,
        "pipeline_job_out_tabular": batch_inference_with_tabular_data.outputs.job_output_path,
    }


pipeline_job_data_path = Input(
    path="./dataset/", type=AssetTypes.MLTABLE, mode=InputOutputModes.RO_MOUNT
)
pipeline_score_model = Input(
    path="./model/", type=AssetTypes.URI_FOLDER, mode=InputOutputModes.DOWNLOAD
)
# create a pipeline
pipeline_job = parallel_in_pipeline(
    pipeline_job_data_path=pipeline_job_data_path,
    pipeline_score_model=pipeline_score_model,
)
pipeline_job.outputs.pipeline_job_out_tabular.type = AssetTypes.URI_FILE

# the compute of all steps
pipeline_job.settings.default_compute = cpu_compute_target

pipeline_job = ml_client.jobs.create_or_update(pipeline_job, experiment_name="pipeline_samples")
print(pipeline_job.name)

# wait until the job has ended
ml_client.jobs.stream(pipeline_job.name)
print(f"{pipeline_job.name}: {ml_client.jobs.get(pipeline_job.name).status}")
