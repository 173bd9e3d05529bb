"""What a loader refuses, by the class that code can catch; and odd input that it accepts."""

from pathlib import Path
from typing import Any

from _files import COMMAND, PARALLEL, attempt, write, write_code
from sdk import load_component, load_data, load_environment, load_job


def _component(folder: Path, text: str) -> Any:
    write_code(folder)
    return attempt(lambda: load_component(write(folder, "component.yml", text)))


def _refusals(folder: Path, *texts: str) -> Any:
    """Whether each component is refused, and how."""
    found = [_component(folder, text) for text in texts]
    return [item if isinstance(item, Exception) else "loaded" for item in found]


def _job(folder: Path, text: str) -> Any:
    write_code(folder)
    write(folder, "prepare.yml", COMMAND)
    write(folder, "score.yml", PARALLEL)
    found = attempt(lambda: load_job(write(folder, "job.yml", text)))
    return found if isinstance(found, Exception) else "loaded"


def _step(folder: Path, name: str = "a", **fields: str) -> Any:
    lines = "".join(f"    {key}: {value}\n" for key, value in fields.items())
    head = "type: pipeline\ncompute: azureml:cpu\ninputs: {rows: {type: mltable, path: ./t}}\n"
    return _job(folder, f"{head}jobs:\n  {name}:\n{lines}")


def _score(folder: Path, **fields: str) -> Any:
    inputs = "{data: '${{parent.inputs.rows}}', label: x}"
    return _step(folder, type="parallel", component="./score.yml", inputs=inputs, **fields)


def _asset(folder: Path, loader: Any, text: str) -> Any:
    found = attempt(lambda: loader(write(folder, "asset.yml", text)))
    return found if isinstance(found, Exception) else "loaded"


def case_an_empty_file(folder: Path) -> Any:
    return [_job(folder, ""), *_refusals(folder, "", "# nothing\n")]


def case_files_that_are_no_mapping(folder: Path) -> Any:
    return [_job(folder, "- a\n"), *_refusals(folder, "- a\n", "word\n", "3\n")]


def case_broken_yaml(folder: Path) -> Any:
    return isinstance(_job(folder, "type: [pipeline\n"), Exception)


def case_unknown_types(folder: Path) -> Any:
    return [
        _job(folder, "type: pipelin\njobs: {}\n"),
        *_refusals(folder, "type: commando\nname: a\n"),
    ]


def case_a_parallel_job_alone(folder: Path) -> Any:
    return _job(folder, PARALLEL)


def case_a_command_is_missing(folder: Path) -> Any:
    return _refusals(folder, "name: a\nenvironment: azureml:e:1\n")


def case_fields_are_missing_that_a_local_run_does_not_need(folder: Path) -> Any:
    return [
        *_refusals(
            folder,
            COMMAND.replace("environment: azureml:kit-env:3\n", ""),
            PARALLEL.replace("  environment: azureml:kit-env:3\n", ""),
            PARALLEL.replace("  type: run_function\n", ""),
            COMMAND.replace("name: prepare\n", ""),
        ),
        _asset(folder, load_environment, "image: python\n"),
    ]


def case_component_names(folder: Path) -> Any:
    names = ("Caps", "a-b", "1st", "_a", "a b", "ok_1")
    texts = [COMMAND.replace("name: prepare", f"name: {name}") for name in names]
    return _refusals(folder, *texts)


def case_step_names(folder: Path) -> Any:
    inputs = "{source: {path: ./d}}"
    names = ("Caps", "a-b", "1st", "'a b'", "ok_1", "_under")
    return [
        _step(folder, name, type="command", component="./prepare.yml", inputs=inputs)
        for name in names
    ]


def case_logging_levels(folder: Path) -> Any:
    levels = ("DEBUG", "INFO", "WARNING", "WARN", "debug", "ERROR", "3")
    return [_score(folder, logging_level=level) for level in levels]


def case_sizes(folder: Path) -> Any:
    sizes = ("'3'", "10kb", "3", "'3tb'", "'-1'", "'1.5kb'", "'10 kb'", "'10b'", "''")
    return [
        item if isinstance(item, Exception) else "loaded"
        for item in (_score(folder, mini_batch_size=size) for size in sizes[:2] + sizes[3:6])
    ]


def case_thresholds_that_are_no_numbers(folder: Path) -> Any:
    return [
        _score(folder, error_threshold="many"),
        _score(folder, mini_batch_error_threshold="[1]"),
        _score(folder, max_concurrency_per_instance="two"),
        _score(folder, resources="{instance_count: two}"),
        _score(folder, retry_settings="{max_retries: two}"),
        _score(folder, retry_settings="{timeout: soon}"),
    ]


def case_numbers_as_texts(folder: Path) -> Any:
    return [
        _score(folder, error_threshold="'3'"),
        _score(folder, mini_batch_error_threshold="'3'"),
        _score(folder, max_concurrency_per_instance="'3'"),
        _score(folder, resources="{instance_count: '3'}"),
        _score(folder, retry_settings="{max_retries: '3', timeout: '4'}"),
    ]


def case_fields_of_the_wrong_shape(folder: Path) -> Any:
    return [
        _score(folder, partition_keys="Store"),
        _score(folder, partition_keys="[Store, Brand]"),
        _score(folder, resources="3"),
        _score(folder, retry_settings="3"),
        _score(folder, task="3"),
        _score(folder, environment_variables="3"),
        _score(folder, input_data="[a]"),
    ]


def case_task_types(folder: Path) -> Any:
    kinds = ("function", "model", "run_function", "runs")
    return _refusals(folder, *(PARALLEL.replace("run_function", kind) for kind in kinds))


def case_input_types(folder: Path) -> Any:
    types = ("uri_folder", "mltable", "custom_model", "string", "boolean", "folder", "int", "Uri")
    return _refusals(
        folder, *(COMMAND.replace("type: uri_folder", f"type: {kind}") for kind in types)
    )


def case_output_types(folder: Path) -> Any:
    types = ("uri_folder", "mltable", "integer", "folder")
    return _refusals(folder, *(COMMAND.replace("type: uri_file", f"type: {t}") for t in types))


def case_modes_of_inputs(folder: Path) -> Any:
    pairs = [
        (kind, mode)
        for kind in ("uri_folder", "uri_file", "custom_model", "mltable")
        for mode in ("ro_mount", "download", "direct", "rw_mount", "upload", "x")
    ]
    pairs += [("mltable", "eval_mount"), ("mltable", "eval_download")]
    return _modes(folder, pairs)


def case_modes_of_tables_on_folders(folder: Path) -> Any:
    return _modes(folder, [("uri_folder", "eval_mount"), ("uri_file", "eval_download")])


def _modes(folder: Path, pairs: list[tuple[str, str]]) -> Any:
    head = "type: pipeline\ncompute: azureml:cpu\njobs: {}\n"
    return {
        f"{kind} {mode}": _job(
            folder, f"{head}inputs: {{d: {{type: {kind}, path: ./d, mode: {mode}}}}}\n"
        )
        for kind, mode in pairs
    }


def case_modes_of_outputs(folder: Path) -> Any:
    head = "type: pipeline\ncompute: azureml:cpu\njobs: {}\n"
    modes = ("mount", "upload", "rw_mount", "direct", "download", "ro_mount", "x")
    return {
        mode: _job(folder, f"{head}outputs: {{d: {{type: uri_folder, mode: {mode}}}}}\n")
        for mode in modes
    }


def case_steps_that_cannot_be_read(folder: Path) -> Any:
    return [
        _step(folder, type="commando", component="./prepare.yml"),
        _step(folder, type="command", component="./nowhere.yml"),
        _step(folder, type="command", component="prepare.yml"),
        _step(folder, type="parallel"),
        _step(folder, type="pipeline"),
        _step(folder, type="command", command="echo"),
    ]


def case_inputs_of_a_job_that_cannot_be_read(folder: Path) -> Any:
    head = "type: pipeline\ncompute: azureml:cpu\njobs: {}\n"
    values = ("[1, 2]", "{type: what, path: ./d}", "{path: [a]}")
    return [_job(folder, f"{head}inputs: {{a: {value}}}\n") for value in values]


def case_settings_that_cannot_be_read(folder: Path) -> Any:
    head = "type: pipeline\ncompute: azureml:cpu\njobs: {}\n"
    values = ("5", "{force_rerun: maybe}", "{continue_on_step_failure: 'true'}", "{}")
    return [_job(folder, f"{head}settings: {value}\n") for value in values]


def case_declared_defaults_that_do_not_fit(folder: Path) -> Any:
    declared = (
        "{type: integer, default: 3, optional: true}",
        "{type: integer, default: x}",
        "{type: number, default: x}",
        "{type: boolean, default: 3}",
        "{type: integer, default: 99, max: 5}",
        "{type: string, default: c, enum: [a, b]}",
        "{type: uri_folder, default: x}",
        "{type: string, min: 3}",
    )
    text = "{type: integer, default: 3, optional: true}"
    return _refusals(folder, *(COMMAND.replace(text, other) for other in declared))


def case_environments_that_cannot_be_read(folder: Path) -> Any:
    forms = ("3", "[a]", "{image: python, conda_file: ./nowhere.yml}")
    return _refusals(folder, *(COMMAND.replace("azureml:kit-env:3", form) for form in forms))


def case_assets_that_cannot_be_read(folder: Path) -> Any:
    return [
        _asset(folder, load_environment, "name: a\nimage: [b]\n"),
        _asset(folder, load_environment, "[]"),
        _asset(folder, load_data, "name: a\npath: ./d\ntype: what\n"),
        _asset(folder, load_data, "path: ./d\n"),
        _asset(folder, load_data, "name: a\n"),
    ]


def case_bindings_that_name_nothing_are_loaded(folder: Path) -> Any:
    return [
        _step(
            folder, type="command", component="./prepare.yml", inputs="{source: '${{parent.x}}'}"
        ),
        _step(folder, type="command", component="./prepare.yml", inputs="{nope: 3}"),
        _score(folder, input_data="plain"),
    ]


def case_numbers_where_a_text_is_wanted(folder: Path) -> Any:
    return [
        _job(folder, "type: pipeline\nname: 3\ncompute: azureml:cpu\njobs: {}\n"),
        _job(folder, "type: pipeline\ntags: {a: 1}\ncompute: azureml:cpu\njobs: {}\n"),
        _job(folder, "type: pipeline\ndescription: 3\ncompute: azureml:cpu\njobs: {}\n"),
        *_refusals(folder, COMMAND.replace("azureml:kit-env:3", "{image: 3}")),
    ]
