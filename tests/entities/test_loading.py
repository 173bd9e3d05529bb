"""Loading jobs and components: what is understood, what is refused and how it is told."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import load_component, load_data, load_environment, load_job, load_model
from parallelsdk.entities import Command, Environment, Parallel, Pipeline, PipelineJob, _graph
from parallelsdk.exceptions import MlException, UserErrorException, ValidationException
from parallelsdk.planning.planner import plan_job

INLINE = """\
$schema: https://example.invalid/pipeline.schema.json
type: pipeline
display_name: flowers
description: petals to names
experiment_name: botany
tags: {team: green, year: 2024}
settings:
  default_compute: azureml:cpu-cluster
  continue_on_step_failure: false
  colour: blue
inputs:
  rate: 0.5
  model: {path: ./model, mode: download}
outputs:
  names: {type: uri_file}
jobs:
  prepare:
    command: cut ${{inputs.raw}} > ${{outputs.table}}
    environment: azureml:base:1
    inputs:
      raw: {type: uri_file, path: raw.csv}
    outputs:
      table: {type: mltable}
  score:
    type: parallel
    compute: azureml:big
    inputs:
      table: {path: '${{parent.jobs.prepare.outputs.table}}', mode: direct}
      model: ${{parent.inputs.model}}
      rate: ${{parent.inputs.rate}}
    outputs:
      names: ${{parent.outputs.names}}
    input_data: ${{inputs.table}}
    mini_batch_size: "10kb"
    mini_batch_error_threshold: 5
    max_concurrency_per_instance: ${{parent.inputs.workers}}
    resources: {instance_count: 2}
    retry_settings: {max_retries: 2, timeout: 60}
    logging_level: DEBUG
    environment_variables: {FAST: "1"}
    task:
      type: run_function
      code: ./script
      entry_script: score.py
      environment:
        name: prs-env
        version: 1
        image: img
        conda_file: ./envs/conda.yml
      program_arguments: >-
        --model ${{inputs.model}}
        --rate ${{inputs.rate}}
      append_row_to: ${{outputs.names}}
    comment: dark
"""


@pytest.fixture
def job(write: Any) -> PipelineJob:
    write("jobs/envs/conda.yml", "dependencies: [pip]\n")
    loaded = load_job(write("jobs/flowers.yml", INLINE))
    assert isinstance(loaded, PipelineJob)
    return loaded


def test_the_job_has_what_the_file_says(job: PipelineJob) -> None:
    assert job.display_name == "flowers" and job.experiment_name == "botany"
    assert job.tags == {"team": "green", "year": "2024"}
    assert job.settings.default_compute == "cpu-cluster"
    assert job.settings.continue_on_step_failure is False
    assert job.settings._to_dict()["colour"] == "blue"
    assert list(job.jobs) == ["prepare", "score"]


def test_paths_belong_to_the_folder_of_the_file(job: PipelineJob, folder: Path) -> None:
    assert job.input_sources() == {
        "rate": _graph.Value(0.5),
        "model": _graph.Data(str(folder / "jobs/model"), "uri_folder", "download"),
    }
    prepare, score = job.jobs["prepare"], job.jobs["score"]
    assert prepare.input_sources() == {
        "raw": _graph.Data(str(folder / "jobs/raw.csv"), "uri_file", None)
    }
    assert isinstance(score, Parallel) and score.task_code == str(folder / "jobs/script")


def test_an_inline_parallel_step_has_its_settings(job: PipelineJob) -> None:
    score = job.jobs["score"]
    assert isinstance(score, Parallel)
    assert score.setting("mini_batch_size") == 10_240
    assert score.setting("max_concurrency_per_instance") == "${{parent.inputs.workers}}"
    assert score.setting("retry_settings.timeout") == 60
    assert score.setting("resources.instance_count") == 2
    assert score.setting("error_threshold") is None
    assert score.compute == "big" and score.environment_variables == {"FAST": "1"}
    assert score.task is not None
    assert score.task.program_arguments == "--model ${{inputs.model}} --rate ${{inputs.rate}}"
    assert isinstance(score.task.environment, Environment)
    assert score.task.environment.conda_file == {"dependencies": ["pip"]}


def test_bindings_are_seen_as_such(job: PipelineJob) -> None:
    assert job.jobs["score"].input_sources() == {
        "table": _graph.FromStep("prepare", "table", "direct"),
        "model": _graph.FromParent("model", None),
        "rate": _graph.FromParent("rate", None),
    }
    assert job.jobs["score"].output_targets()["names"].parent_output == "names"
    assert job.output_targets()["names"].type == "uri_file"


def test_the_interface_of_an_inline_step_takes_the_types_of_its_bindings(job: PipelineJob) -> None:
    declared = job.jobs["score"].component.inputs
    assert {name: port.type for name, port in declared.items()} == {
        "table": "mltable",
        "model": "uri_folder",
        "rate": "number",
    }


def test_fields_that_do_nothing_here_are_kept_and_printed(job: PipelineJob) -> None:
    assert job.jobs["score"].comment == "dark"
    assert job._to_dict()["jobs"]["score"]["comment"] == "dark"


def test_messages_find_their_line(job: PipelineJob, folder: Path) -> None:
    file = folder / "jobs/flowers.yml"
    lines = INLINE.splitlines()
    place = f"{1 + lines.index('      program_arguments: >-')}:7"
    assert job.locate("jobs.score.task.program_arguments") == f"{file}:{place}"
    assert job.locate("jobs.score.component.task.program_arguments") == f"{file}:{place}"
    assert job.locate("jobs.score.nothing.here") == f"{file}:{1 + lines.index('  score:')}:3"
    assert job.source_file == str(file)


def test_an_override_reaches_into_the_file(folder: Path, job: PipelineJob) -> None:
    changed = load_job(
        folder / "jobs/flowers.yml",
        params_override=[
            {"jobs.score.mini_batch_size": "17"},
            {"inputs.rate": 0.125},
            {"settings.force_rerun": True},
            {"display_name": "other"},
        ],
    )
    assert isinstance(changed, PipelineJob)
    assert changed.jobs["score"].setting("mini_batch_size") == 17
    assert changed.input_sources()["rate"] == _graph.Value(0.125)
    assert changed.settings.force_rerun is True and changed.display_name == "other"


def test_an_override_through_a_text_is_refused(folder: Path, job: PipelineJob) -> None:
    with pytest.raises(MlException, match="display_name"):
        load_job(folder / "jobs/flowers.yml", params_override=[{"display_name.x": 1}])


COMMAND = """\
name: prepare_data
version: 2
command: run ${{inputs.raw}} ${{outputs.out}} $[[ --limit ${{inputs.limit}} ]]
code: ../src
environment: {image: img}
resources: {instance_count: 3}
inputs:
  raw: {type: uri_folder, mode: download}
  limit: {type: integer, optional: true, min: 1}
outputs:
  out: {type: uri_folder}
"""
PARALLEL = """\
type: parallel
name: score_rows
inputs:
  data: {type: mltable}
outputs:
  rows: {type: uri_file}
input_data: ${{inputs.data}}
logging_level: WARNING
error_threshold: 3
retry_settings: {timeout: 9}
task:
  type: run_function
  code: ../src
  entry_script: score.py
  append_row_to: ${{outputs.rows}}
"""
NESTED = """\
type: pipeline
name: both
inputs:
  raw: {type: uri_folder}
outputs:
  rows: {type: uri_file}
jobs:
  prepare:
    type: command
    component: ./prepare.yml
    inputs: {raw: '${{parent.inputs.raw}}', limit: 4}
  score:
    type: parallel
    component: file:./score.yml
    mini_batch_size: "7"
    retry_settings: {max_retries: 0}
    inputs: {data: '${{parent.jobs.prepare.outputs.out}}'}
    outputs: {rows: '${{parent.outputs.rows}}'}
"""


@pytest.fixture
def parts(write: Any, folder: Path) -> Path:
    write("parts/prepare.yml", COMMAND)
    write("parts/score.yml", PARALLEL)
    write("parts/both.yml", NESTED)
    write("src/score.py")
    return folder / "parts"


def test_a_command_component_is_callable(parts: Path, folder: Path) -> None:
    component = load_component(parts / "prepare.yml")
    step = component(raw="./data", limit=3)
    assert isinstance(step, Command)
    assert (component.name, component.version) == ("prepare_data", "2")
    assert step.code_path == str(folder / "src")
    assert step.setting("resources.instance_count") == 3
    assert step.input_sources() == {
        "raw": _graph.Data(str(folder / "data"), "uri_folder", None),
        "limit": _graph.Value(3),
    }


def test_a_parallel_component_lends_its_settings_to_its_steps(parts: Path, folder: Path) -> None:
    step = load_component(str(parts / "score.yml"))(data="azureml:d:1")
    assert isinstance(step, Parallel)
    assert step.setting("retry_settings.timeout") == 9
    assert step.logging_level is None and step.setting("logging_level") == "WARNING"
    assert step.setting("error_threshold") == 3
    assert step.task_code == str(folder / "src")


def test_a_step_overrides_its_component_and_leaves_it_alone(parts: Path) -> None:
    component = load_component(parts / "score.yml")
    step, other = component(data="azureml:d:1"), component(data="azureml:d:1")
    step.retry_settings.timeout = 1
    step.set_resources(instance_count=4)
    assert component.retry_settings.timeout == other.retry_settings.timeout == 9
    assert other.resources is None


def test_steps_may_name_component_files(parts: Path, write: Any) -> None:
    text = "type: pipeline\njobs:\n  all:\n    type: pipeline\n    component: ./parts/both.yml\n"
    file = write("job.yml", text + "    inputs: {raw: {type: uri_folder, path: ./raw}}\n")
    job = load_job(file)
    assert isinstance(job, PipelineJob)
    step = job.jobs["all"]
    assert isinstance(step, Pipeline)
    inner = step.component.jobs["score"]
    assert inner.setting("mini_batch_size") == 7
    assert inner.setting("retry_settings.timeout") is None  # replaced whole, as in Azure
    assert inner.setting("retry_settings.max_retries") == 0
    assert job._validate().error_messages == {}


def test_a_setting_of_a_component_file_is_located_there(
    parts: Path, write: Any, folder: Path
) -> None:
    text = "type: pipeline\njobs:\n  s:\n    component: ./parts/score.yml\n"
    job = load_job(write("job.yml", text))
    assert isinstance(job, PipelineJob)
    line = 1 + PARALLEL.splitlines().index("  entry_script: score.py")
    assert job.locate("jobs.s.task.entry_script") == f"{folder / 'parts/score.yml'}:{line}:3"
    assert job.locate("jobs.s.inputs.data") == f"{folder / 'job.yml'}:3:3"


def test_a_job_may_be_a_component_with_values(parts: Path, write: Any) -> None:
    text = (
        "type: pipeline\ncomponent: ./parts/both.yml\ninputs: {raw: {type: uri_folder, path: x}}\n"
    )
    job = load_job(write("job.yml", text))
    assert isinstance(job, PipelineJob)
    assert list(job.jobs) == ["prepare", "score"] and list(job.outputs) == ["rows"]


def test_a_command_job_alone_is_read_as_a_step(write: Any) -> None:
    node = load_job(write("c.yml", "command: echo ${{inputs.x}}\ninputs: {x: 3}\n"))
    assert isinstance(node, Command) and node.input_sources() == {"x": _graph.Value(3)}


def test_a_stream_is_read_relative_to_the_given_origin(folder: Path) -> None:
    component = load_component(io.StringIO(COMMAND), relative_origin=folder / "a" / "b.yml")
    assert component.resolved_code == str(folder / "src")


BAD = """\
type: pipeline
inputs:
  model: {type: uri_folderr, path: ./model}
jobs:
  score:
    type: parallel
    inputs:
      data: {type: uri_folder, path: ./data, mode: mount}
    outputs:
      rows: {type: uri_file, mode: uplod}
    mini_batch_size: 10 bananas
    error_threshold: -7
    mini_batch_error_threshold: "five"
    logging_level: WARN
    retry_settings: {timeout: 0, max_retries: many}
    resources: {instance_count: 0}
    partition_keys: Store
    task: {type: run_function, code: ./src, environment: {conda_file: ./nothing.yml}}
  Bad-Name: {type: comand}
  child: {component: ./nothing.yml}
  registered: {component: thing}
"""


def test_all_problems_of_a_file_are_told_at_once_with_their_places(write: Any) -> None:
    file = write("bad.yml", BAD)
    with pytest.raises(ValidationException) as caught:
        load_job(file)
    found = [line.removeprefix(f"{file}:") for line in caught.value.message.splitlines()]
    expected = [
        ("3:11: inputs.model.type: ", "did you mean 'uri_folder'"),
        ("5:3: jobs.score.input_data: ", "missing"),
        ("8:46: jobs.score.inputs.data.mode: ", "did you mean 'ro_mount'"),
        ("10:30: jobs.score.outputs.rows.mode: ", "did you mean 'upload'"),
        ("11:5: jobs.score.mini_batch_size: ", "'10 bananas'"),
        ("12:5: jobs.score.error_threshold: ", "at least -1, found -7"),
        ("13:5: jobs.score.mini_batch_error_threshold: ", "found 'five'"),
        ("14:5: jobs.score.logging_level: ", "did you mean 'WARNING'"),
        ("15:22: jobs.score.retry_settings.timeout: ", "from 1 to 259200, found 0"),
        ("15:34: jobs.score.retry_settings.max_retries: ", "found 'many'"),
        ("16:17: jobs.score.resources.instance_count: ", "found 0"),
        ("17:5: jobs.score.partition_keys: ", "a list of texts"),
        ("18:5: jobs.score.task.entry_script: ", "missing"),
        ("18:32: jobs.score.task.code: ", "does not exist"),
        ("18:45: jobs.score.task.environment: ", "No such file"),
        ("19:3: jobs.Bad-Name: ", "no step name"),
        ("19:14: jobs.Bad-Name.type: ", "did you mean 'command'"),
        ("20:11: jobs.child.component: ", "nothing.yml"),
        ("21:16: jobs.registered.component: ", "neither a file nor"),
    ]
    assert len(found) == len(expected), caught.value.message
    for line, (start, inside) in zip(found, expected, strict=True):
        assert line.startswith(start) and inside in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("[1, 2]", "expected a YAML mapping"),
        ("type: parallel", "Unsupported job type 'parallel'; place it as a step"),
        ("type: pipelin", "did you mean 'pipeline'"),
        ("type: pipeline\njobs: [a]", "jobs: must be a mapping"),
        ("type: pipeline\njobs:\n  a: text", "jobs.a: must be a mapping"),
        ("type: pipeline\njobs: {a: {type: pipeline}}", "jobs.a: a pipeline step needs component"),
        ("type: pipeline\njobs: {a: {command: ''}}", "jobs.a.command: missing"),
        ("type: pipeline\ntags: [a]", "tags: must be a mapping"),
        ("type: pipeline\nsettings: {force_rerun: perhaps}", "settings.force_rerun: must be true"),
        ("type: pipeline\ndisplay_name: {a: 1}", "display_name: must be a text"),
        ("type: pipeline\njobs: {a: {command: c, inputs: {x: [1]}}}", "jobs.a.inputs.x: must be"),
        (
            "type: pipeline\njobs: {a: {command: c, outputs: {x: 'here'}}}",
            r"jobs.a.outputs.x: must be an Output or '\$\{\{parent.outputs.<name>\}\}'",
        ),
    ],
)
def test_a_file_that_is_no_job_is_answered(write: Any, text: str, message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        load_job(write("x.yml", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: Bad Name\ncommand: x", "name: 'Bad Name' is no component name"),
        ("type: sweeep\nname: x", "Unsupported component type 'sweeep'"),
        ("type: sweep\nname: x", "type: a component of type 'sweep' is out of scope here; docs/az"),
        ("nodes: [{name: a, type: llm}]", "nodes: a flow as a component is out of scope here"),
        ("name: x", "command: missing"),
        (
            "name: x\ncommand: x\ninputs: {a: {type: integer, default: z}}",
            "inputs.a: Default value",
        ),
        ("name: x\ncommand: x\noutputs: {a: 5}", "outputs.a: must be a mapping"),
    ],
)
def test_a_file_that_is_no_component_is_answered(write: Any, text: str, message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        load_component(write("x.yml", text))


def test_a_component_that_holds_itself_is_refused(write: Any) -> None:
    text = "type: pipeline\nname: x\njobs: {a: {type: pipeline, component: ./x.yml}}\n"
    with pytest.raises(ValidationException, match="holds itself"):
        load_component(write("x.yml", text))


def test_a_problem_inside_a_component_file_names_that_file(write: Any, folder: Path) -> None:
    write("parts/bad.yml", "type: parallel\nname: x\nerror_threshold: many\n")
    file = write("job.yml", "type: pipeline\njobs: {a: {component: ./parts/bad.yml}}\n")
    with pytest.raises(ValidationException) as caught:
        load_job(file)
    assert caught.value.message.startswith(f"{folder / 'parts/bad.yml'}:3:1: error_threshold: ")


def test_what_cannot_be_read_does_not_hide_what_names_nothing(write: Any) -> None:
    text = (
        "type: pipeline\n"
        "inputs: {rate: 0.5}\n"
        "jobs:\n"
        "  first:\n"
        "    command: echo ${{inputs.word}} ${{inputs.wrod}}\n"
        "    inputs: {word: '${{parent.inputs.raet}}'}\n"
        "  second:\n"
        "    type: parallel\n"
        "    mini_batch_size: 10 bananas\n"
        "    inputs: {data: '${{parent.jobs.fisrt.outputs.x}}'}\n"
        "    input_data: ${{inputs.data}}\n"
        "    task: {code: ., entry_script: [a]}\n"
    )
    file = write("bad.yml", text)
    with pytest.raises(ValidationException) as caught:
        load_job(file)
    lines = [line.removeprefix(f"{file}:") for line in caught.value.message.splitlines()]
    assert [line.partition(": ")[0] for line in lines] == ["5:5", "6:14", "9:5", "10:14", "12:21"]
    assert "did you mean 'word'?" in lines[0]
    assert "did you mean 'rate'?" in lines[1]
    assert "did you mean 'first'?" in lines[3]


def test_a_step_that_cannot_be_read_brings_no_false_findings(write: Any) -> None:
    text = (
        "type: pipeline\njobs:\n"
        "  first: {type: comand, command: ls}\n"
        "  second:\n"
        "    command: ls ${{inputs.x}}\n"
        "    inputs: {x: '${{parent.jobs.first.outputs.x}}'}\n"
    )
    with pytest.raises(ValidationException) as caught:
        load_job(write("bad.yml", text))
    assert len(caught.value.message.splitlines()) == 1


def test_a_broken_component_file_brings_no_false_findings(parts: Path, write: Any) -> None:
    write("parts/bad.yml", "type: parallel\ninputs: {data: {type: table}}\ntask: 3\n")
    text = "type: pipeline\njobs:\n  s: {type: parallel, component: ./parts/bad.yml}\n"
    with pytest.raises(ValidationException) as caught:
        load_job(write("job.yml", text))
    paths = [line.split(": ")[1] for line in caught.value.message.splitlines()]
    assert paths == ["inputs.data.type", "task", "jobs.s.input_data"]


def test_a_number_may_be_written_as_text(write: Any) -> None:
    component = load_component(write("c.yml", "type: parallel\nerror_threshold: '-1'\n"))
    assert component.error_threshold == -1


def test_who_catches_the_error_of_a_value_catches_that_of_a_file(write: Any) -> None:
    component = "name: c\ncommand: ls\ninputs: {n: {type: integer, default: x}}\n"
    with pytest.raises(UserErrorException):
        load_component(write("c.yml", component))
    with pytest.raises(ValueError):
        load_component(write("p.yml", "type: parallel\nmini_batch_size: 3tb\n"))
    with pytest.raises(ValidationException) as caught:
        load_component(write("both.yml", component + "is_deterministic: maybe\n"))
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, UserErrorException)


def test_outputs_of_an_inline_step_have_the_type_of_what_they_are_bound_to(write: Any) -> None:
    text = (
        "type: pipeline\noutputs: {rows: {type: mltable, mode: upload}}\njobs:\n"
        "  a: {command: ls, outputs: {rows: '${{parent.outputs.rows}}'}}\n"
    )
    job = load_job(write("job.yml", text))
    assert isinstance(job, PipelineJob)
    declared = job.jobs["a"].component.outputs["rows"]
    assert (declared.type, declared.mode) == ("mltable", "upload")


def test_data_without_a_type_have_that_of_the_declaration(parts: Path, write: Any) -> None:
    text = (
        "type: pipeline\njobs:\n  s:\n    type: parallel\n    component: ./parts/score.yml\n"
        "    inputs: {data: {path: ./d}}\n"
    )
    job = load_job(write("job.yml", text))
    assert isinstance(job, PipelineJob)
    source = job.jobs["s"].input_sources()["data"]
    assert isinstance(source, _graph.Data)
    assert source.type == job.jobs["s"].component.inputs["data"].type


@pytest.mark.parametrize(
    ("loader", "text", "told"),
    [
        (
            load_component,
            "type: parallel\ntask: {type: run_functoin}\n",
            "did you mean 'run_function'",
        ),
        (load_environment, "imag: python\n", "did you mean 'image'"),
        (load_data, "name: d\ntype: mltabel\npath: ./d\n", "did you mean 'mltable'"),
        (load_data, "name: d\n", "needs the place of its data"),
        (load_model, "name: m\ntype: model\npath: ./m\n", "no type of such an asset"),
    ],
)
def test_other_files_are_checked_as_well(loader: Any, text: str, told: str, write: Any) -> None:
    with pytest.raises(ValidationException, match=told):
        loader(write("file.yml", text))


def test_a_step_that_is_out_of_scope_hides_nothing_of_the_others(write: Any) -> None:
    write("flow.dag.yaml", "inputs: {a: {type: string}}\nnodes: [{name: x, type: llm}]")
    file = write(
        "p.yml",
        """type: pipeline
inputs: {d: {type: uri_folder, path: .}}
jobs:
  tune:
    type: sweep
    inputs: {data: "${{parent.inputs.d}}"}
    outputs: {model: }
  ask:
    component: ./flow.dag.yaml
    inputs: {a: "${{parent.jobs.tune.outputs.model}}"}
  score:
    command: cat ${{inputs.modle}}
    inputs: {model: {path: "${{parent.jobs.tune.outputs.model}}"}, of: "${{parent.inputs.e}}"}
""",
    )
    with pytest.raises(ValidationException) as caught:
        load_job(file)
    told = caught.value.message.splitlines()
    assert [line.split(": ")[1] for line in told] == [
        "jobs.tune.type",
        "jobs.score.component.command",
        "jobs.score.inputs.of",
        "nodes",
    ], told
    assert "out of scope here; docs/azure-parity.md" in told[0]


@pytest.mark.parametrize("name", ["r-iris-example", "Abc", "a.b", "1a"])
def test_a_pipeline_takes_component_files_of_any_name(write: Any, name: str) -> None:
    write("c.yml", f"name: {name}\ncommand: echo")
    job = load_job(write("p.yml", "type: pipeline\njobs: {s: {component: ./c.yml}}"))
    assert job.jobs["s"].component.name == name
    assert job._validate().passed


def test_the_first_previews_type_path_is_what_is_given(write: Any) -> None:
    write(
        "c.yml", "command: ls ${{inputs.x}}\ninputs: {x: {type: path}}\noutputs: {y: {type: path}}"
    )
    text = """type: pipeline
inputs: {x: {type: uri_file, path: ./c.yml}}
jobs:
  s: {component: ./c.yml, inputs: {x: "${{parent.inputs.x}}"}}
  t: {component: ./c.yml, inputs: {x: "${{parent.jobs.s.outputs.y}}"}}
"""
    job = load_job(write("p.yml", text))
    assert job._validate().passed
    plan = plan_job(job, name="n", folder="/f", codes={}, cpu_count=1)
    assert [step.inputs[0].type for step in plan.steps] == ["uri_file", "uri_folder"]
    assert plan.steps[0].outputs[0].type == "uri_folder"
    with pytest.raises(ValidationException, match=r"inputs\.x\.type: 'path' is no type"):
        load_job(write("q.yml", text.replace("uri_file", "path")))


def test_a_number_for_a_boolean_counts_as_the_service_takes_it_and_is_told(write: Any) -> None:
    write("c.yml", "command: echo ${{inputs.b}}\ninputs: {b: {type: boolean}}")
    text = "type: pipeline\njobs: {s: {component: ./c.yml, inputs: {b: %s}}}"
    for value, taken in ((0, "False"), (1, "True")):
        job = load_job(write("p.yml", text % value))
        found = job._validate()
        assert found.passed
        assert found.warnings == {
            "jobs.s.inputs.b": f"is {value}; the input takes true or false, so it counts as "
            f"{taken.lower()}"
        }
        plan = plan_job(job, name="n", folder="/f", codes={}, cpu_count=1)
        assert plan.steps[0].inputs[0].literal == taken
    assert not load_job(write("p.yml", text % 2))._validate().passed


def test_names_of_inputs_that_the_service_refuses_are_warned_of(write: Any) -> None:
    text = "type: pipeline\njobs: {s: {command: c, inputs: {a-b: 1}, outputs: {9a: }}}"
    assert list(load_job(write("p.yml", text))._validate().warnings) == [
        "jobs.s.inputs.a-b",
        "jobs.s.outputs.9a",
    ]


NUMBERS = """type: pipeline
jobs:
  s:
    type: parallel
    inputs: {data: {type: uri_folder, path: ./d}}
    input_data: ${{inputs.data}}
    mini_batch_size: "1"
    retry_settings: {timeout: 1.5, max_retries: 3.0}
    max_concurrency_per_instance: 2.7
    resources: {instance_count: 2.0}
    task: {type: run_function, code: ., entry_script: e.py, environment: "azureml:e:1"}
"""


def test_a_number_with_a_point_counts_as_in_azure_and_is_told_when_it_loses_some(
    write: Any,
) -> None:
    write("e.py", "")
    with pytest.warns(UserWarning) as told:
        step = load_job(write("p.yml", NUMBERS)).jobs["s"]
    assert (step.retry_settings.timeout, step.retry_settings.max_retries) == (1, 3)
    assert (step.max_concurrency_per_instance, step.resources.instance_count) == (2, 2)
    assert sorted({str(each.message).split(": ", 1)[1] for each in told}) == [
        "jobs.s.max_concurrency_per_instance: 2.7 counts as 2, as in Azure",
        "jobs.s.retry_settings.timeout: 1.5 counts as 1, as in Azure",
    ]
    for wrong in (".inf", ".nan", "-0.5"):
        with pytest.raises(ValidationException, match="timeout"):
            load_job(write("q.yml", NUMBERS.replace("1.5", wrong)))


def test_where_an_output_goes_is_said_at_the_step_and_not_at_its_component(write: Any) -> None:
    text = "command: c\noutputs: {o: {type: uri_folder, path: ./somewhere}}"
    with pytest.raises(ValidationException, match=r"2:33: outputs\.o\.path: belongs to the step"):
        load_component(write("c.yml", text))
