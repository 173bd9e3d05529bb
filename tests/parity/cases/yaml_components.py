"""Components, environments and data assets in YAML."""

from pathlib import Path
from typing import Any

from _files import COMMAND, CONDA, PARALLEL, attempt, data, write, write_code
from sdk import load_component, load_data, load_environment, load_job
from sdk.dsl import pipeline

ENVIRONMENTS = {
    "reference": "azureml:kit-env:3",
    "label": "azureml:kit-env@latest",
    "registry": "azureml://registries/azureml/environments/kit/versions/3",
    "image": "{image: python}",
    "conda_text": "{image: python, conda_file: ./conda.yml}",
    "conda_map": "{image: python, conda_file: {dependencies: [python]}}",
    "named": "{name: mine, version: 2, image: python, tags: {a: b}, description: d}",
    "build": "{build: {path: ./docker}}",
    "build_with_file": "{build: {path: ./docker, dockerfile_path: Other}}",
    "file": "file:./environment.yml",
}


def _with_environment(folder: Path, environment: str) -> Any:
    write(folder, "conda.yml", CONDA)
    write(folder, "docker/Dockerfile", "FROM python\n")
    write(folder, "environment.yml", "name: kept\nimage: python\n")
    text = f"""
        type: command
        name: show
        command: echo
        environment: {environment}
        """
    return load_component(write(folder, "show.yml", text))._to_dict()["environment"]


def case_environments_in_every_form(folder: Path) -> Any:
    return {name: _with_environment(folder, form) for name, form in ENVIRONMENTS.items()}


def case_an_environment_of_a_task(folder: Path) -> Any:
    write_code(folder)
    write(folder, "conda.yml", CONDA)
    inline = "{name: mine, version: 2, image: python, conda_file: ./conda.yml}"
    return load_component(write(folder, "score.yml", PARALLEL.replace("azureml:kit-env:3", inline)))


def case_an_environment_file(folder: Path) -> Any:
    write(folder, "conda.yml", CONDA)
    text = """
        $schema: https://example.invalid/environment.schema.json
        name: mine
        version: 4
        description: mine
        image: python
        conda_file: ./conda.yml
        tags: {a: b}
        """
    found = load_environment(write(folder, "environment.yml", text))
    return [found.name, found.version, found.image, found.conda_file, found.tags]


def case_an_environment_file_with_a_build(folder: Path) -> Any:
    write(folder, "docker/Dockerfile", "FROM python\n")
    text = "name: mine\nbuild: {path: ./docker}\n"
    found = load_environment(write(folder, "environment.yml", text))
    return [found.name, found.version, found.image, found.build.dockerfile_path]


def case_an_environment_file_with_overrides(folder: Path) -> Any:
    path = write(folder, "environment.yml", "name: mine\nimage: python\n")
    found = load_environment(path, params_override=[{"version": "7"}, {"image": "other"}])
    return [found.name, found.version, found.image]


def case_a_data_asset_file(folder: Path) -> Any:
    text = "name: rows\nversion: 2\ntype: mltable\npath: ./t\ndescription: d\ntags: {a: b}\n"
    found = load_data(write(folder, "sub/data.yml", text))
    return [found.name, found.version, found.type, found.description, found.tags, str(found.path)]


def case_a_data_asset_file_without_a_type(folder: Path) -> Any:
    return load_data(write(folder, "data.yml", "name: rows\npath: ./t\n")).type


def case_a_command_component(folder: Path) -> Any:
    return load_component(write(folder, "prepare.yml", COMMAND))


def case_a_component_without_a_type_is_a_command(folder: Path) -> Any:
    path = write(folder, "prepare.yml", COMMAND.replace("type: command\n", ""))
    return load_component(path)


def case_every_field_of_a_command_component(folder: Path) -> Any:
    write_code(folder)
    text = """
        $schema: https://example.invalid/commandComponent.schema.json
        type: command
        name: full
        version: "1.2"
        display_name: Full
        description: everything
        tags: {a: b}
        is_deterministic: false
        inputs:
          folder: {type: uri_folder, description: where, mode: download}
          model: {type: custom_model}
          word: {type: string, default: "3"}
          choice: {type: string, enum: [a, b], default: a}
          count: {type: integer, min: 1, max: 9, default: 3}
          part: {type: number, min: 0.5, default: 1}
          truth: {type: boolean, default: true}
          maybe: {type: uri_file, optional: true}
        outputs:
          rows: {type: uri_file, description: what, mode: upload}
          tables: {type: mltable}
          number: {type: number}
        command: python entry.py ${{inputs.folder}} $[[--maybe ${{inputs.maybe}}]]
        code: ./src
        environment: azureml:kit-env:3
        resources: {instance_count: 2}
        distribution: {type: mpi, process_count_per_instance: 2}
        """
    return load_component(write(folder, "full.yml", text))


def case_a_parallel_component(folder: Path) -> Any:
    write_code(folder)
    return load_component(write(folder, "score.yml", PARALLEL))


def case_the_attributes_of_a_parallel_component(folder: Path) -> Any:
    write_code(folder)
    found = load_component(write(folder, "score.yml", PARALLEL))
    return {
        "name": found.name,
        "type": found.type,
        "size": int(found.mini_batch_size),
        "environment": found.task.environment,
        "retries": found.retry_settings.max_retries,
        "count": found.resources.instance_count,
        "level": found.logging_level,
        "inputs": list(found.inputs),
    }


def case_every_field_of_a_parallel_component(folder: Path) -> Any:
    write_code(folder)
    text = """
        type: parallel
        name: full
        version: 2
        display_name: Full
        description: everything
        tags: {a: b}
        is_deterministic: false
        inputs:
          data: {type: mltable, mode: eval_mount}
          rate: {type: number, default: 0.5, min: 0, max: 1}
        outputs: {rows: {type: uri_file, mode: rw_mount}}
        input_data: ${{inputs.data}}
        partition_keys: [Store, Brand]
        resources: {instance_count: 2, instance_type: Standard_D2, docker_args: --init}
        max_concurrency_per_instance: 2
        error_threshold: -1
        mini_batch_error_threshold: 0
        logging_level: INFO
        retry_settings: {max_retries: 0, timeout: 1}
        task:
          type: run_function
          code: ./src
          entry_script: entry.py
          program_arguments: >-
            --rate ${{inputs.rate}}
            --error_threshold 5
          append_row_to: ${{outputs.rows}}
          environment: azureml:kit-env:3
        """
    return load_component(write(folder, "full.yml", text))


def case_a_component_of_bare_fields(folder: Path) -> Any:
    text = """
        type: parallel
        name: bare
        task: {type: run_function, environment: 'azureml:kit-env:3'}
        """
    return load_component(write(folder, "bare.yml", text))


def case_sizes_in_every_unit(folder: Path) -> Any:
    write_code(folder)
    found = {}
    for size in ("1", "10", "10kb", "10KB", "3Mb", "2gb", "0"):
        text = PARALLEL.replace('mini_batch_size: "5"', f'mini_batch_size: "{size}"')
        found[size] = int(load_component(write(folder, "score.yml", text)).mini_batch_size or 0)
    return found


def case_literal_declarations_print_their_defaults(folder: Path) -> Any:
    text = """
        name: kinds
        command: echo
        environment: azureml:kit-env:3
        inputs:
          a: {type: integer, default: "3"}
          b: {type: number, default: 1}
          c: {type: boolean, default: "true"}
          e: {type: string}
          f: {type: string, optional: true, default: ""}
        """
    return load_component(write(folder, "kinds.yml", text))


def case_a_pipeline_component(folder: Path) -> Any:
    write(folder, "prepare.yml", COMMAND)
    text = """
        type: pipeline
        name: inner
        version: 3
        display_name: Inner
        description: inside
        tags: {a: b}
        inputs: {source: {type: uri_folder}, count: {type: integer, default: 2}}
        outputs: {files: {type: mltable}}
        jobs:
          prepare:
            type: command
            component: ./prepare.yml
            inputs: {source: '${{parent.inputs.source}}', count: '${{parent.inputs.count}}'}
            outputs: {files: '${{parent.outputs.files}}'}
        """
    return load_component(write(folder, "inner.yml", text))


def case_components_with_overrides(folder: Path) -> Any:
    write_code(folder)
    overrides = [
        {"mini_batch_size": "9"},
        {"retry_settings.timeout": 7},
        {"task.program_arguments": "--other"},
        {"inputs.label.default": "x"},
        {"name": "other"},
    ]
    return load_component(write(folder, "score.yml", PARALLEL), params_override=overrides)


def case_paths_belong_to_the_file(folder: Path) -> Any:
    write(folder, "deep/src/entry.py", "")
    found = load_component(write(folder, "deep/score.yml", PARALLEL))
    return found


def case_paths_belong_to_the_origin(folder: Path) -> Any:
    write(folder, "deep/src/entry.py", "")
    path = write(folder, "score.yml", PARALLEL)
    return load_component(path, relative_origin=str(folder / "deep" / "x.yml"))


def case_unknown_fields_of_a_component_are_no_error(folder: Path) -> Any:
    found = load_component(write(folder, "prepare.yml", COMMAND + "colour: red\n"))
    return found.name


def case_a_loaded_component_is_called(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        files = prepare(source=source)
        return {"files": files.outputs.files}

    return chain(source=data())


def case_the_type_of_a_source(folder: Path) -> Any:
    path = write(folder, "prepare.yml", COMMAND)
    with open(path, encoding="utf-8") as stream:
        by_stream = load_component(stream)
    return [load_component(Path(path)).name, load_component(source=path).name, by_stream.name]


def case_a_missing_file_in_every_loader(folder: Path) -> Any:
    loaders = (load_component, load_job, load_environment, load_data)
    return [attempt(lambda loader=loader: loader("nowhere.yml")) for loader in loaders]
