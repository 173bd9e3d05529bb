"""Pipeline jobs in YAML: what stands at the top, inputs, outputs, settings, overrides."""

from pathlib import Path
from typing import Any

from _files import COMMAND, PARALLEL, attempt, write, write_code
from sdk import load_job

SHOW = """
jobs:
  show:
    type: command
    command: echo
    environment: azureml:kit-env:3
"""


def _job(folder: Path, head: str, steps: str = SHOW) -> Any:
    """A pipeline job of ``head`` and ``steps``, which may use the components of the kit."""
    write_code(folder)
    write(folder, "prepare.yml", COMMAND)
    write(folder, "score.yml", PARALLEL)
    text = "type: pipeline\ncompute: azureml:cpu\n" + head + steps
    return load_job(write(folder, "job.yml", text))


def case_every_field_of_a_job(folder: Path) -> Any:
    head = """
name: my-job
display_name: My job
description: |
  Two lines
  of text
experiment_name: trials
tags: {team: green, year: "2024"}
properties: {a: b}
"""
    return _job(folder, head)


def case_a_schema_line_means_nothing(folder: Path) -> Any:
    return _job(folder, "$schema: https://example.invalid/pipelineJob.schema.json\n")


def case_settings_of_a_job(folder: Path) -> Any:
    head = """
settings:
  default_compute: azureml:small
  default_datastore: azureml:blobs
  continue_on_step_failure: true
  force_rerun: false
"""
    return _job(folder, head)


def case_settings_with_a_serverless_compute(folder: Path) -> Any:
    return _job(folder, "settings: {default_compute: serverless}\n")


def case_settings_with_a_prefixed_serverless_compute(folder: Path) -> Any:
    return _job(folder, "settings: {default_compute: 'azureml:serverless'}\n")


def case_settings_are_read_by_attribute(folder: Path) -> Any:
    job = _job(folder, "settings: {default_compute: 'azureml:small', force_rerun: true}\n")
    found = job.settings
    names = ("default_compute", "default_datastore", "continue_on_step_failure", "force_rerun")
    return {name: getattr(found, name) for name in names}


def case_a_job_without_a_compute(folder: Path) -> Any:
    write(folder, "prepare.yml", COMMAND)
    return load_job(write(folder, "job.yml", "type: pipeline" + SHOW))


def case_literals_of_every_kind(folder: Path) -> Any:
    head = r"""
inputs:
  whole: 3
  negative: -7
  huge: 12345678901234567890123
  part: 0.25
  small: 1.0e-3
  truth: true
  lie: no
  word: plain
  empty: ""
  number_as_text: "3"
  truth_as_text: "true"
  part_as_text: '0.5'
  null_as_text: "null"
  looks_like_a_float: 1e5
  hexadecimal: 0x1F
  octal: 010
  marks: "a: b #c"
  lines: "a\nb\n"
  accents: "é☃"
"""
    return _job(folder, head)


def case_literals_are_read_by_attribute(folder: Path) -> Any:
    job = _job(folder, "inputs: {whole: 3, part: 0.5, word: a}\n")
    return {name: job.inputs[name]._data for name in job.inputs}


def case_macros_in_literals(folder: Path) -> Any:
    head = """
inputs:
  place: azureml://datastores/${{default_datastore}}/paths/${{name}}
  label: run-${{name}}
"""
    return _job(folder, head)


def case_data_in_every_form(folder: Path) -> Any:
    head = """
inputs:
  bare: {path: ./data}
  folder: {type: uri_folder, path: ./data, mode: ro_mount}
  file: {type: uri_file, path: ./data/a.csv, mode: download}
  table: {type: mltable, path: ./table, mode: eval_mount}
  table_copied: {type: mltable, path: ./table, mode: eval_download}
  table_itself: {type: mltable, path: ./table, mode: direct}
  model: {type: custom_model, path: ./model}
  flow_model: {type: mlflow_model, path: 'azureml:net:1'}
  asset: {type: uri_folder, path: 'azureml:asset:1'}
  newest: {type: uri_folder, path: 'azureml:asset@latest'}
  store: {type: uri_folder, path: 'azureml://datastores/d/paths/p'}
  web: {type: uri_file, path: 'https://example.invalid/a.csv'}
  blob: {type: uri_folder, path: 'wasbs://c@example.invalid/p'}
  marked: {type: uri_folder, path: 'file:./data'}
"""
    return _job(folder, head)


def case_outputs_in_every_form(folder: Path) -> Any:
    head = """
outputs:
  typed: {type: mltable}
  placed: {type: uri_file, path: 'azureml://datastores/d/paths/${{name}}/rows.csv'}
  moved: {type: uri_folder, mode: upload}
  named: {type: uri_folder, name: rows, version: "3"}
  mounted: {mode: rw_mount}
"""
    steps = (
        SHOW.rstrip()
        + """
    outputs:
      typed: ${{parent.outputs.typed}}
      placed: ${{parent.outputs.placed}}
      moved: ${{parent.outputs.moved}}
      named: ${{parent.outputs.named}}
      mounted: ${{parent.outputs.mounted}}
"""
    )
    return _job(folder, head, steps)


def case_the_type_of_an_output_is_read_by_attribute(folder: Path) -> Any:
    head = "outputs: {rows: {type: uri_file, mode: rw_mount}}\n"
    job = _job(folder, head, SHOW.rstrip() + "\n    outputs: {rows: '${{parent.outputs.rows}}'}\n")
    return [job.outputs.rows.type, job.outputs.rows.mode]


def case_unknown_settings_are_read(folder: Path) -> Any:
    job = _job(folder, "settings: {default_compute: 'azureml:a', shade: dark}\n")
    return [job.settings.default_compute, job.settings.force_rerun]


def case_dotted_inputs_of_a_group(folder: Path) -> Any:
    head = """
inputs:
  knobs.count: 4
  source: {path: ./data}
"""
    steps = """
jobs:
  prepare:
    type: command
    component: ./prepare.yml
    inputs:
      source: ${{parent.inputs.source}}
      count: ${{parent.inputs.knobs.count}}
"""
    return _job(folder, head, steps)


def case_overrides_reach_everywhere(folder: Path) -> Any:
    write_code(folder)
    write(folder, "score.yml", PARALLEL)
    text = """
        type: pipeline
        compute: azureml:cpu
        inputs: {rows: {type: mltable, path: ./t}, label: a}
        jobs:
          score:
            type: parallel
            component: ./score.yml
            inputs: {data: '${{parent.inputs.rows}}', label: '${{parent.inputs.label}}'}
            mini_batch_size: "3"
        """
    overrides = [
        {"jobs.score.mini_batch_size": "17"},
        {"jobs.score.retry_settings.timeout": 5},
        {"inputs.label": "b"},
        {"inputs.rows.path": "./other"},
        {"settings.default_compute": "azureml:big"},
        {"display_name": "first"},
        {"display_name": "second"},
        {"tags": {"a": "b"}},
    ]
    return load_job(write(folder, "job.yml", text), params_override=overrides)


def case_an_override_passes_through_a_text(folder: Path) -> Any:
    write_code(folder)
    write(folder, "score.yml", PARALLEL)
    steps = """
        type: pipeline
        compute: azureml:cpu
        jobs:
          score: {type: parallel, component: ./score.yml}
        """
    overrides = [{"jobs.score.component.mini_batch_size": "17"}]
    return load_job(write(folder, "job.yml", steps), params_override=overrides)


def case_an_open_file_is_a_source(folder: Path) -> Any:
    text = "type: pipeline\ncompute: azureml:cpu\ninputs: {d: {path: ./data}}" + SHOW
    with open(write(folder, "job.yml", text), encoding="utf-8") as stream:
        return load_job(stream)


def case_a_job_of_a_component(folder: Path) -> Any:
    inner = """
        type: pipeline
        name: inner
        inputs: {count: {type: integer, default: 2}, word: {type: string}}
        outputs: {rows: {type: uri_file}}
        jobs:
          show:
            type: command
            command: echo ${{inputs.count}} ${{inputs.word}} ${{outputs.rows}}
            environment: azureml:kit-env:3
            inputs: {count: '${{parent.inputs.count}}', word: '${{parent.inputs.word}}'}
            outputs: {rows: '${{parent.outputs.rows}}'}
        """
    write(folder, "inner.yml", inner)
    text = """
        type: pipeline
        component: ./inner.yml
        compute: azureml:cpu
        inputs: {word: a}
        outputs: {rows: {mode: upload}}
        """
    job = load_job(write(folder, "job.yml", text))
    return [list(job.jobs), job.inputs["word"]._data, job._validate().passed]


def case_a_command_job(folder: Path) -> Any:
    text = """
        type: command
        name: alone
        display_name: Alone
        command: echo ${{inputs.word}}
        environment: azureml:kit-env:3
        compute: azureml:cpu
        inputs: {word: a}
        """
    job = load_job(write(folder, "job.yml", text))
    return [job.type, job.name, job.display_name, job.command, job.compute]


def case_a_job_without_a_type_is_a_command(folder: Path) -> Any:
    text = "command: echo\nenvironment: azureml:kit-env:3\ncompute: azureml:cpu\n"
    return load_job(write(folder, "job.yml", text)).type


def case_a_name_with_blanks(folder: Path) -> Any:
    return _job(folder, 'name: "My Name"\n').name


def case_an_identity(folder: Path) -> Any:
    return attempt(lambda: _job(folder, "identity: {type: user_identity}\n")._validate().passed)


def case_a_step_loaded_from_yaml_is_changed(folder: Path) -> Any:
    steps = """
jobs:
  score:
    type: parallel
    component: ./score.yml
    inputs: {data: {type: mltable, path: ./t}, label: a}
"""
    job = _job(folder, "", steps)
    step = job.jobs["score"]
    step.mini_batch_size = "7"
    step.compute = "azureml:other"
    step.resources.instance_count = 9
    step.inputs.label = "b"
    step.inputs.data.mode = "eval_mount"
    return job


def case_inputs_of_a_loaded_job_are_changed(folder: Path) -> Any:
    job = _job(folder, "inputs: {count: 3, rows: {type: mltable, path: ./t}}\n")
    job.inputs.count = 4
    job.inputs.rows.mode = "direct"
    job.compute = "big"
    job.settings.force_rerun = True
    return job
