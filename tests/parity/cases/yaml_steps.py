"""Steps in YAML: component forms, inline forms, inputs, outputs, settings, expressions."""

from pathlib import Path
from typing import Any

from _files import COMMAND, PARALLEL, attempt, write, write_code
from sdk import load_job

DATA = "inputs: {data: {type: mltable, path: ./t}}"


def _job(folder: Path, steps: str, head: str = "") -> Any:
    """A pipeline job of ``steps``, which may use the components of the kit."""
    write_code(folder)
    write(folder, "parts/conda.yml", "dependencies: [python]\n")
    write(folder, "prepare.yml", COMMAND)
    write(folder, "score.yml", PARALLEL)
    text = "type: pipeline\ncompute: azureml:cpu\n" + head + "\njobs:\n" + steps
    return load_job(write(folder, "job.yml", text))


def case_a_component_as_a_path(folder: Path) -> Any:
    return _job(folder, "  a: {type: parallel, component: ./score.yml, " + DATA + "}\n")


def case_a_component_as_a_file(folder: Path) -> Any:
    return _job(folder, "  a: {type: parallel, component: 'file:./score.yml', " + DATA + "}\n")


def case_a_component_as_a_bare_path_is_no_file(folder: Path) -> Any:
    return _job(folder, "  a: {type: parallel, component: score.yml, " + DATA + "}\n")


def case_a_component_by_its_registered_name(folder: Path) -> Any:
    job = _job(folder, "  a: {type: command, component: 'azureml:prepare:3'}\n")
    return job._to_dict()["jobs"]["a"]["component"]


def case_a_component_by_its_label(folder: Path) -> Any:
    job = _job(folder, "  a: {type: command, component: 'azureml:prepare@latest'}\n")
    return job._to_dict()["jobs"]["a"]["component"]


def case_a_parallel_component_inside_the_step(folder: Path) -> Any:
    steps = """
  a:
    type: parallel
    inputs: {data: {type: uri_folder, path: ./d, mode: ro_mount}}
    component:
      type: parallel
      name: inside
      inputs: {data: {type: uri_folder}}
      outputs: {rows: {type: uri_file}}
      input_data: ${{inputs.data}}
      mini_batch_size: "2"
      task:
        type: run_function
        code: ./src
        entry_script: entry.py
        environment: azureml:kit-env:3
        append_row_to: ${{outputs.rows}}
"""
    return _job(folder, steps)


def case_a_command_component_inside_the_step(folder: Path) -> Any:
    steps = """
  a:
    type: command
    inputs: {word: x}
    component:
      type: command
      inputs: {word: {type: string}}
      command: echo ${{inputs.word}}
      environment: azureml:kit-env:3
"""
    return _job(folder, steps)


def case_a_parallel_step_without_a_component(folder: Path) -> Any:
    steps = """
  a:
    type: parallel
    inputs: {data: {type: uri_folder, path: ./d, mode: ro_mount}, word: x, count: 3}
    outputs: {rows: {type: uri_file, mode: rw_mount}}
    input_data: ${{inputs.data}}
    mini_batch_size: 10KB
    resources: {instance_count: 2, instance_type: Standard_D2, shm_size: 2g}
    max_concurrency_per_instance: 3
    logging_level: WARNING
    error_threshold: -1
    mini_batch_error_threshold: 4
    retry_settings: {max_retries: 2, timeout: 60}
    environment_variables: {A: b}
    task:
      type: run_function
      code: ./src
      entry_script: entry.py
      program_arguments: --word ${{inputs.word}} --count ${{inputs.count}}
      append_row_to: ${{outputs.rows}}
      environment: azureml:kit-env:3
"""
    return _job(folder, steps)


def case_a_command_step_without_a_component(folder: Path) -> Any:
    steps = """
  a:
    type: command
    command: python entry.py ${{inputs.word}} $[[--more ${{inputs.more}}]] ${{outputs.rows}}
    code: ./src
    environment: azureml:kit-env:3
    inputs: {word: x, more: 0.5, rows: {type: uri_file, path: ./d/a.csv}}
    outputs: {rows: {type: uri_file}}
    environment_variables: {A: "1"}
    resources: {instance_count: 2}
    limits: {timeout: 30}
    distribution: {type: pytorch, process_count_per_instance: 2}
"""
    return _job(folder, steps)


def case_types_come_from_what_a_step_is_bound_to(folder: Path) -> Any:
    head = "inputs: {table: {type: mltable, path: ./t}, count: 3, part: 0.5, truth: true, word: x}"
    steps = """
  first:
    type: command
    command: echo ${{inputs.table}} ${{outputs.rows}}
    environment: azureml:kit-env:3
    inputs:
      table: ${{parent.inputs.table}}
      count: ${{parent.inputs.count}}
      part: ${{parent.inputs.part}}
      truth: ${{parent.inputs.truth}}
      word: ${{parent.inputs.word}}
    outputs: {rows: {type: mltable}}
  second:
    type: parallel
    inputs: {rows: '${{parent.jobs.first.outputs.rows}}'}
    input_data: ${{inputs.rows}}
    task:
      type: run_function
      code: ./src
      entry_script: entry.py
      environment: azureml:kit-env:3
"""
    return _job(folder, steps, head)


def case_steps_may_stand_before_what_they_need(folder: Path) -> Any:
    steps = """
  second:
    type: command
    command: echo ${{inputs.rows}}
    environment: azureml:kit-env:3
    inputs: {rows: '${{parent.jobs.first.outputs.rows}}'}
  first:
    type: command
    command: echo ${{outputs.rows}}
    environment: azureml:kit-env:3
    outputs: {rows: {type: uri_file}}
"""
    return _job(folder, steps)


def case_the_step_overrides_its_component(folder: Path) -> Any:
    steps = """
  a:
    type: parallel
    component: ./score.yml
    inputs: {data: {type: mltable, path: ./t}, label: x}
    mini_batch_size: "17"
    error_threshold: 8
    mini_batch_error_threshold: 9
    logging_level: INFO
    max_concurrency_per_instance: 5
    retry_settings: {max_retries: 5, timeout: 6}
    resources: {instance_count: 7}
    partition_keys: [a, b]
    input_data: ${{inputs.data}}
    compute: azureml:big
"""
    return _job(folder, steps)


def case_the_step_overrides_the_task(folder: Path) -> Any:
    steps = """
  a:
    type: parallel
    component: ./score.yml
    inputs: {data: {type: mltable, path: ./t}, label: x}
    task:
      type: run_function
      code: ./src
      entry_script: entry.py
      program_arguments: --other
      environment: azureml:other:1
"""
    return _job(folder, steps)


def case_the_step_overrides_the_environment_of_a_command(folder: Path) -> Any:
    steps = """
  a:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
    environment: azureml:other:1
    limits: {timeout: 3}
    resources: {instance_count: 3}
    environment_variables: {A: b}
"""
    return _job(folder, steps)


def case_inputs_of_a_step_in_every_form(folder: Path) -> Any:
    head = "inputs: {folder: {path: ./d}, count: 4}"
    steps = """
  bound:
    type: command
    component: ./prepare.yml
    inputs: {source: '${{parent.inputs.folder}}', count: '${{parent.inputs.count}}'}
  with_mode:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: '${{parent.inputs.folder}}', mode: download}, count: 3}
  with_type:
    type: command
    component: ./prepare.yml
    inputs: {source: {type: uri_folder, path: '${{parent.inputs.folder}}', mode: ro_mount}}
  given:
    type: command
    component: ./prepare.yml
    inputs: {source: {type: uri_folder, path: ./d, mode: direct}, count: "7"}
  of_a_step:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: '${{parent.jobs.bound.outputs.files}}', mode: download}}
"""
    return _job(folder, steps, head)


def case_a_text_for_a_data_input(folder: Path) -> Any:
    steps = "  a: {type: command, component: ./prepare.yml, inputs: {source: 'azureml:asset:1'}}\n"
    job = attempt(lambda: _job(folder, steps))
    return job if isinstance(job, Exception) else job._to_dict()["jobs"]["a"]["inputs"]["source"]


def case_outputs_of_a_step_in_every_form(folder: Path) -> Any:
    head = "outputs: {files: {type: mltable}, table: {type: uri_file, mode: upload}}"
    steps = """
  bound:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
    outputs: {files: '${{parent.outputs.files}}'}
  with_mode:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
    outputs: {table: {path: '${{parent.outputs.table}}', mode: upload}}
  of_its_own:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
    outputs:
      files: {type: mltable, mode: rw_mount, path: 'azureml://datastores/d/paths/${{name}}/f'}
      table: {type: uri_file, mode: upload}
  unsaid:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
"""
    return _job(folder, steps, head)


def case_an_empty_output_of_a_step(folder: Path) -> Any:
    steps = """
  a:
    type: command
    command: echo ${{outputs.rows}}
    environment: azureml:kit-env:3
    outputs: {rows: }
"""
    return _job(folder, steps)


def case_settings_bound_to_inputs(folder: Path) -> Any:
    head = "inputs: {size: '3', count: 2, seconds: 5, tries: 1, workers: 2}"
    steps = """
  a:
    type: parallel
    component: ./score.yml
    inputs: {data: {type: mltable, path: ./t}, label: x}
    mini_batch_size: ${{parent.inputs.size}}
    max_concurrency_per_instance: ${{parent.inputs.workers}}
    error_threshold: ${{parent.inputs.count}}
    mini_batch_error_threshold: ${{parent.inputs.count}}
    resources: {instance_count: '${{parent.inputs.count}}'}
    retry_settings: {max_retries: '${{parent.inputs.tries}}', timeout: '${{parent.inputs.seconds}}'}
"""
    return _job(folder, steps, head)


def case_a_compute_bound_to_an_input(folder: Path) -> Any:
    steps = "  a: {type: command, component: ./prepare.yml, compute: '${{parent.inputs.where}}', "
    return _job(folder, steps + "inputs: {source: {path: ./d}}}\n", "inputs: {where: small}")


def case_expressions_inside_texts(folder: Path) -> Any:
    head = "inputs: {word: x, count: 3}"
    steps = """
  a:
    type: command
    command: echo ${{inputs.label}} ${{ inputs.label }} ${{inputs.data.path}} ${{outputs.rows}}
    environment: azureml:kit-env:3
    inputs:
      label: pre-${{parent.inputs.word}}-${{parent.inputs.count}}
      data: {type: uri_folder, path: 'azureml://datastores/d/paths/${{parent.inputs.word}}/x'}
    outputs:
      rows: {type: uri_file, path: 'azureml://datastores/${{default_datastore}}/paths/${{name}}'}
    environment_variables: {WORD: '${{parent.inputs.word}}'}
"""
    return _job(folder, steps, head)


def case_labels_and_unknown_fields_of_a_step(folder: Path) -> Any:
    steps = """
  a:
    type: command
    component: ./prepare.yml
    inputs: {source: {path: ./d}}
    comment: why
    properties: {p: q}
    colour: red
    nested: {deep: [1, 2]}
"""
    return _job(folder, steps)


def case_a_compute_at_the_step(folder: Path) -> Any:
    steps = """
  bare: {type: command, component: ./prepare.yml, compute: small, inputs: {source: {path: ./d}}}
  marked: {type: command, component: ./prepare.yml, compute: 'azureml:big',
           inputs: {source: {path: ./d}}}
"""
    return _job(folder, steps)


def case_a_nested_pipeline(folder: Path) -> Any:
    inner = """
        type: pipeline
        name: inner
        display_name: Inner
        inputs:
          source: {type: uri_folder}
          count: {type: integer, default: 2}
          word: {type: string, optional: true}
        outputs: {files: {type: mltable}}
        jobs:
          prepare:
            type: command
            component: ../prepare.yml
            inputs: {source: '${{parent.inputs.source}}', count: '${{parent.inputs.count}}'}
            outputs: {files: '${{parent.outputs.files}}'}
        """
    write(folder, "parts/inner.yml", inner)
    head = "inputs: {source: {path: ./d}}\noutputs: {files: {type: mltable}}"
    steps = """
  first:
    type: pipeline
    component: ./parts/inner.yml
    inputs: {source: '${{parent.inputs.source}}'}
  second:
    type: pipeline
    component: ./parts/inner.yml
    inputs: {source: '${{parent.jobs.first.outputs.files}}', count: 5, word: x}
    outputs: {files: '${{parent.outputs.files}}'}
"""
    return _job(folder, steps, head)


def case_a_step_without_a_type_is_a_command(folder: Path) -> Any:
    return _job(folder, "  a: {component: ./prepare.yml, inputs: {source: {path: ./d}}}\n")


def case_the_ports_of_a_loaded_step(folder: Path) -> Any:
    steps = """
  a:
    type: parallel
    component: ./score.yml
    inputs: {data: {type: mltable, path: ./t, mode: eval_mount}, label: x}
    outputs: {result: {type: uri_file, mode: upload}}
"""
    step = _job(folder, steps).jobs["a"]
    return [step.inputs.data.mode, step.outputs.result.mode, step.outputs.result.type, step.type]


def case_the_settings_of_a_loaded_step(folder: Path) -> Any:
    steps = "  a: {type: parallel, component: ./score.yml, " + DATA + ", mini_batch_size: '3'}\n"
    step = _job(folder, steps).jobs["a"]
    return {
        "size": str(step.mini_batch_size),
        "retries": step.retry_settings.max_retries,
        "count": step.resources.instance_count,
        "concurrency": step.max_concurrency_per_instance,
        "script": step.task.entry_script,
        "environment": step.task.environment,
        "partition_keys": step.partition_keys,
    }


def case_a_required_input_of_a_step_is_missing(folder: Path) -> Any:
    return _job(folder, "  a: {type: command, component: ./prepare.yml}\n")


def case_anchors_and_merges(folder: Path) -> Any:
    steps = """
  first: &first
    type: command
    component: ./prepare.yml
    inputs: &inputs {source: {path: ./d}, count: 3}
  second:
    <<: *first
    inputs: {<<: *inputs, count: 4}
"""
    return _job(folder, steps)
