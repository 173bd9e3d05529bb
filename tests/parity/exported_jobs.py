"""Jobs that are exported for Azure: our examples, and what we take and Azure does not.

In the shape of the parity cases, which are exported as well.
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

from _files import command_function, data, parallel_function, write, write_code
from sdk import Input, Output, command, load_component, load_job
from sdk.dsl import group, pipeline
from sdk.entities import BatchRetrySettings, BuildContext, Environment
from sdk.parallel import parallel_run_function

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

INNER = """\
type: pipeline
name: inner
inputs:
  source: {type: uri_folder}
  times: {type: integer, default: 2}
  label: {type: string, optional: true}
outputs:
  files: {type: uri_folder}
jobs:
  copy:
    type: command
    command: cp ${{inputs.source}} ${{outputs.files}} ${{inputs.times}} $[[${{inputs.label}}]]
    environment: {image: python, conda_file: ./conda.yml}
    code: ./tools
    inputs:
      source: ${{parent.inputs.source}}
      times: ${{parent.inputs.times}}
      label: ${{parent.inputs.label}}
    outputs:
      files: ${{parent.outputs.files}}
"""


def _python_job(example: str, name: str) -> Any:
    file = EXAMPLES / example / "pipeline.py"
    spec = importlib.util.spec_from_file_location(f"example_{example}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def case_the_digits_in_yaml(folder: Path) -> Any:
    return load_job(EXAMPLES / "digits" / "pipeline.yml")


def case_the_irises_in_yaml(folder: Path) -> Any:
    return load_job(EXAMPLES / "iris" / "pipeline.yml")


def case_the_many_models_in_yaml(folder: Path) -> Any:
    return load_job(EXAMPLES / "many_models" / "pipeline.yml")


def case_the_irises_in_python(folder: Path) -> Any:
    build = _python_job("iris", "iris_batch_prediction")
    os.chdir(EXAMPLES / "iris")
    return build(
        data=Input(type="mltable", path="./neural-iris-mltable"),
        model=Input(path="./iris-model", mode="download"),
    )


def case_the_pipeline_of_the_guide_in_python(folder: Path) -> Any:
    return _python_job("pipeline", "pipeline_job")


def case_a_bare_job_gets_placeholders(folder: Path) -> Any:
    write_code(folder)
    score = parallel_run_function(
        inputs={"data": Input()},
        outputs={"rows": Output(type="uri_file")},
        input_data="${{inputs.data}}",
        mini_batch_size=3,
        retry_settings=BatchRetrySettings(max_retries=1, timeout=5),
        task={"code": "./src", "entry_script": "entry.py"},
    )

    @pipeline()
    def bare(source):
        rows = score(data=source)
        show = command(command="cat ${{inputs.rows}}", inputs={"rows": Input(type="uri_file")})
        show(rows=rows.outputs.rows)
        return {"rows": rows.outputs.rows}

    return bare(source=data())


def case_computes_of_this_machine(folder: Path) -> Any:
    copy = command_function(compute="local")

    @pipeline(default_compute="dask://127.0.0.1:8786")
    def chain(source):
        first = copy(source=source)
        second = copy(source=first.outputs.files)
        second.compute = "azureml:big"

    return chain(source=data())


def case_local_outputs_stay_here(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        first.outputs.files.path = "./kept"
        second = copy(source=first.outputs.files)
        second.outputs.files.mode = "upload"
        return {"files": second.outputs.files}

    job = chain(source=data())
    job.outputs.files.path = str(folder / "results")
    job.outputs.files.name = "results"
    return job


def case_every_literal(folder: Path) -> Any:
    kinds = {
        "whole": Input(type="integer", min=-3, max=9, default=1),
        "part": Input(type="number", min=0.5, max=1e9),
        "nothing": Input(type="number", optional=True, default=float("nan")),
        "text": Input(type="string", enum=["a b", "'c'"]),
        "count": Input(type="integer", enum=[1, 2]),
        "truth": Input(type="boolean", default=True),
    }
    line = " ".join(f"${{{{inputs.{name}}}}}" for name in kinds if name != "nothing")
    show = command_function(inputs=kinds, outputs={}, command=f"echo {line}")

    @pipeline(default_compute="cpu")
    def literals(whole=3, part=0.75, text="a b", truth: bool = False, endless=float("inf")):
        show(whole=whole, part=part, text=text, count=2, truth=truth)
        show(whole=-1, part=endless, text="'c'", count=1, truth=True)

    return literals()


def case_texts_that_look_like_something_else(folder: Path) -> Any:
    words = [
        "",
        "true",
        "1",
        "1e5",
        "0x1f",
        "null",
        "~",
        "2020-01-01",
        "a: b #c",
        "é\u2028",
        "a\nb\n",
        " lead",
        "- x",
        "1_000",
        "12:30:45",
        "'",
        '"',
        "%",
        "@a",
        "!b",
    ]
    inputs = {f"w{place}": word for place, word in enumerate(words)}
    show = command_function(
        inputs={n: Input(type="string") for n in inputs},
        outputs={},
        command=" ".join(f"${{{{inputs.{name}}}}}" for name in inputs),
    )

    @pipeline(default_compute="cpu")
    def texts(first):
        show(**{**inputs, "w0": first})

    return texts("${{name}} yes")


def case_a_group_and_settings_bound_to_it(folder: Path) -> Any:
    score = parallel_function(folder, instance_count=1, retry_settings={"max_retries": 1})

    @group
    class Knobs:
        """What may be tuned."""

        size: str
        workers: int = 2
        tries: int = 3

    @pipeline(default_compute="cpu")
    def tuned(source, knobs: Knobs):
        rows = score(data=source)
        rows.mini_batch_size = knobs.size
        rows.max_concurrency_per_instance = knobs.workers
        rows.retry_settings.max_retries = knobs.tries
        rows.resources.instance_count = knobs.workers
        return {"rows": rows.outputs.result}

    return tuned(data(), Knobs(size="4"))


def case_settings_of_the_step_count(folder: Path) -> Any:
    score = parallel_function(
        folder,
        error_threshold=5,
        mini_batch_error_threshold=5,
        logging_level="DEBUG",
        mini_batch_size="10kb",
        max_concurrency_per_instance=4,
        instance_count=2,
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        rows = score(data=source)
        rows.error_threshold = 0
        rows.mini_batch_error_threshold = 0
        rows.logging_level = "WARNING"
        rows.mini_batch_size = 7
        rows.partition_keys = ["a", "b"]
        rows.set_resources(instance_count=9)
        same = score(data=source)
        return {"rows": rows.outputs.result, "same": same.outputs.result}

    return chain(source=data())


def case_environments_in_all_forms(folder: Path) -> Any:
    write(folder, "docker/Dockerfile", "FROM python\n")
    conda = {"channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["pandas"]}]}
    forms = [
        "azureml:kit-env:3",
        "kit-env:3",
        "azureml:kit-env@latest",
        "azureml://registries/azureml/environments/kit-env/versions/3",
        Environment(image="python"),
        Environment(image="python", conda_file=conda),
        Environment(name="named", version="2", image="python", tags={"a": "b"}, description="d"),
        Environment(build=BuildContext(path="./docker")),
        Environment(image="python", conda_file="https://example.invalid/conda.yml"),
        Environment(image="python", properties={"a": "b"}),
        None,
    ]

    @pipeline(default_compute="cpu")
    def chain(source):
        for form in forms:
            command_function(environment=form)(source=source)

    return chain(source=data())


def case_modes_of_tables_on_folders(folder: Path) -> Any:
    score = parallel_function(folder, inputs={"data": Input(mode="eval_mount")})

    @pipeline(default_compute="cpu")
    def chain(source, table):
        score(data=source)
        second = score(data=table)
        second.inputs.data.mode = "eval_download"
        return {"rows": second.outputs.result}

    table = Input(type="mltable", path="./table", mode="eval_mount")
    return chain(source=data(mode="eval_download"), table=table)


def case_pipelines_in_pipelines(folder: Path) -> Any:
    score, copy = parallel_function(folder), command_function()

    @pipeline()
    def innermost(source, size):
        rows = score(data=source)
        rows.mini_batch_size = size
        return {"rows": rows.outputs.result}

    @pipeline()
    def middle(source, size="5"):
        files = copy(source=source)
        rows = innermost(source=files.outputs.files, size=size)
        rows.outputs.rows.mode = "upload"
        return {"rows": rows.outputs.rows, "files": files.outputs.files}

    @pipeline()
    def outer(source):
        first = middle(source=source)
        second = middle(source=first.outputs.files, size="9")
        return {"rows": second.outputs.rows}

    return outer(source=data())


def case_pipeline_components_in_files(folder: Path) -> Any:
    write(folder, "parts/tools/tool.py", "")
    write(folder, "parts/conda.yml", "dependencies: [python]\n")
    inner = load_component(write(folder, "parts/inner.yml", INNER))

    @pipeline(default_compute="cpu")
    def outer(source, label: Input(type="string", optional=True)):
        first = inner(source=source)
        second = inner(source=first.outputs.files, label=label, times=5)
        return {"files": second.outputs.files}

    return outer(source=data())


def case_a_job_of_a_pipeline_component(folder: Path) -> Any:
    write(folder, "parts/tools/tool.py", "")
    write(folder, "parts/conda.yml", "dependencies: [python]\n")
    write(folder, "parts/inner.yml", INNER)
    text = """
        type: pipeline
        component: ./parts/inner.yml
        settings: {default_compute: "azureml:cpu"}
        inputs:
          source: {path: ./data}
        """
    return load_job(write(folder, "job.yml", text))


def case_an_optional_input_that_nobody_gives(folder: Path) -> Any:
    optional = {"source": Input(), "label": Input(type="string", optional=True)}
    line = "ls ${{inputs.source}} $[[${{inputs.label}}]]"
    show = command_function(inputs=optional, outputs={}, command=line)

    @pipeline(default_compute="cpu")
    def chain(source, label: Input(type="string", optional=True)):
        show(source=source, label=label)
        show(source=source)

    return chain(source=data())


def case_names_that_azure_would_not_take(folder: Path) -> Any:
    show = command_function(name="Show-It", tags={"year": 2024}, environment_variables={"N": 1})

    @pipeline(name="The Pipeline", default_compute="cpu", tags={"year": 2024})
    def chain(source):
        show(source=source).name = "shown"

    return chain(source=data())


def case_data_in_all_places(folder: Path) -> Any:
    places = [
        "./data",
        "data/x y/ä",
        "../up",
        str(folder),
        "file:./data",
        "azureml:name:1",
        "azureml:name@latest",
        "azureml://datastores/d/paths/p",
        "https://example.invalid/x",
        "wasbs://c@example.invalid/x",
        ".",
        "./a:b",
        folder.as_uri(),
    ]
    show = command_function()

    @pipeline(default_compute="cpu")
    def chain():
        for place in places:
            show(source=Input(path=place))

    return chain()


def case_fields_of_the_job_that_do_nothing_here(folder: Path) -> Any:
    text = """
        type: pipeline
        settings: {default_compute: "azureml:cpu", shade: dark, continue_on_step_failure: false}
        properties: {year: 2024}
        jobs:
          show:
            type: command
            comment: red
            command: ls
            environment: azureml:kit-env:3
            limits: {timeout: 5}
            resources: {instance_count: 2, shm_size: 2g}
            distribution: {type: mpi, process_count_per_instance: 2}
            environment_variables: {N: 1}
            identity: {type: user_identity}
        """
    return load_job(write(folder, "job.yml", text))
