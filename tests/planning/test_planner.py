"""From a built pipeline to its plan, and everything that a plan refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parallelsdk import load_job
from parallelsdk._units import ByteSize
from parallelsdk.entities._command import CommandComponent
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._node import Node
from parallelsdk.entities._parallel import Parallel, ParallelComponent
from parallelsdk.entities._pipeline import PipelineComponent
from parallelsdk.exceptions import ValidationException
from parallelsdk.planning.plan import (
    CommandPlan,
    ParallelPlan,
    PipelinePlan,
    Reference,
    StepPlan,
    Word,
)
from parallelsdk.planning.planner import plan_job

FOLDER = "/ws/jobs/kind_pear_1"
DATA = Input(type="uri_folder", path="/data/images")


def preparing(**changes: Any) -> CommandComponent:
    """A command that writes a folder."""
    values: dict[str, Any] = {
        "command": "prepare --count ${{inputs.count}} --into '${{outputs.made}}' "
        "$[[-x ${{inputs.extra}}]]",
        "inputs": {"count": 3, "extra": Input(type="string", optional=True)},
        "outputs": {"made": Output(type="uri_folder")},
    }
    return CommandComponent(name="prepare", **{**values, **changes})


def scoring(
    arguments: str = "$[[--model ${{inputs.model}}]]", task: Any = None, **changes: Any
) -> ParallelComponent:
    """A parallel component over files that appends rows."""
    values: dict[str, Any] = {
        "inputs": {
            "data": Input(type="uri_folder"),
            "model": Input(type="uri_folder", mode="download", optional=True),
            "limit": Input(type="integer", default=5, min=1, max=9),
        },
        "outputs": {"rows": Output(type="uri_file")},
        "input_data": "${{inputs.data}}",
        "task": {
            "code": "/code/src",
            "entry_script": "score.py",
            "program_arguments": arguments,
            "append_row_to": "${{outputs.rows}}",
            **(task or {}),
        },
    }
    return ParallelComponent(name="score", **{**values, **changes})


def job_of(nodes: dict[str, Node], **values: Any) -> PipelineJob:
    """A job of these steps under these names."""
    for name, node in nodes.items():
        node.name = name
    return PipelineJob(display_name="tests", jobs=nodes, **values)


def plan(job: PipelineJob, **changes: Any) -> PipelinePlan:
    values: dict[str, Any] = {"name": "kind_pear_1", "folder": FOLDER, "codes": {}, "cpu_count": 4}
    return plan_job(job, **{**values, **changes})


def plan_score(node: Parallel | None = None, **changes: Any) -> ParallelPlan:
    """The plan of one parallel step."""
    step = plan(job_of({"score": node or scoring(**changes)(data=DATA)})).step("score")
    assert isinstance(step, ParallelPlan)
    return step


def complaint(job: PipelineJob) -> str:
    with pytest.raises(ValidationException) as caught:
        plan(job)
    return str(caught.value)


def score_complaint(node: Parallel | None = None, **changes: Any) -> str:
    return complaint(job_of({"score": node or scoring(**changes)(data=DATA)}))


def ports(step: StepPlan) -> dict[str, Any]:
    return {port.name: port for port in (*step.inputs, *step.outputs)}


# ---- bindings


def two_steps() -> PipelineJob:
    prepare = preparing()()
    score = scoring()(data=prepare.outputs.made, model=Input(type="uri_folder", path="/models/a"))
    return job_of({"score": score, "prepare": prepare})


def test_steps_stand_in_the_order_in_which_they_can_run() -> None:
    made = plan(two_steps())
    assert [step.name for step in made.steps] == ["prepare", "score"]
    assert made.step("score").after == ("prepare",)


def test_an_input_bound_to_a_step_is_the_path_where_that_step_writes() -> None:
    made = plan(two_steps())
    (written,) = made.step("prepare").outputs
    assert written.path == f"{FOLDER}/steps/prepare/outputs/made"
    data = ports(made.step("score"))["data"]
    assert (data.uri, data.producer, data.mode) == (written.path, "prepare", "ro_mount")


def test_a_mode_of_the_component_counts_when_the_step_sets_none() -> None:
    assert ports(plan(two_steps()).step("score"))["model"].mode == "download"


def test_a_mode_of_the_step_counts_before_the_components() -> None:
    node = scoring()(data=DATA, model=DATA)
    node.inputs.model.mode = "direct"
    assert ports(plan_score(node))["model"].mode == "direct"


def test_the_mode_of_a_pipeline_input_does_not_reach_the_step() -> None:
    given = Input(type="uri_folder", path="/data", mode="download")
    node = scoring()(data="${{parent.inputs.images}}")
    made = plan(job_of({"score": node}, inputs={"images": given}))
    data = ports(made.step("score"))["data"]
    assert (data.uri, data.mode, data.producer) == ("/data", "ro_mount", None)


def test_a_command_stays_one_word_with_its_references() -> None:
    step = plan(two_steps()).step("prepare")
    assert isinstance(step, CommandPlan)
    assert step.command == Word(
        (
            "prepare --count ",
            Reference("inputs", "count"),
            " --into '",
            Reference("outputs", "made"),
            "' ",
        )
    )


def test_an_optional_input_that_is_left_out_has_neither_literal_nor_data() -> None:
    extra = ports(plan(two_steps()).step("prepare"))["extra"]
    assert (extra.literal, extra.uri) == (None, None)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("boolean", True, "True"),
        ("integer", 3, "3"),
        ("number", 0.5, "0.5"),
        ("string", "a b", "a b"),
    ],
)
def test_literals_are_written_as_azure_writes_them(kind: str, value: Any, text: str) -> None:
    component = CommandComponent(name="c", command="x", inputs={"v": Input(type=kind)})
    made = plan(job_of({"c": component(v=value)}))
    assert ports(made.step("c"))["v"].literal == text


def test_a_text_is_filled_with_the_pipelines_literals_and_a_default_counts() -> None:
    component = CommandComponent(name="c", command="x", inputs={"v": Input(type="string")})
    job = job_of(
        {"c": component(v="pre-${{parent.inputs.n}}/${{ parent.inputs.b }}")},
        inputs={"n": 7, "b": True},
    )
    assert ports(plan(job).step("c"))["v"].literal == "pre-7/True"


def test_a_text_of_the_user_is_not_read_a_second_time() -> None:
    component = CommandComponent(name="c", command="x", inputs={"v": Input(type="string")})
    job = job_of({"c": component(v="${{parent.inputs.n}}")}, inputs={"n": "${{parent.inputs.m}}"})
    assert ports(plan(job).step("c"))["v"].literal == "${{parent.inputs.m}}"


# ---- outputs


def test_a_file_output_has_a_name_below_its_folder() -> None:
    (rows,) = plan_score().outputs
    assert (rows.type, rows.mode, rows.path) == (
        "uri_file",
        "rw_mount",
        f"{FOLDER}/steps/score/outputs/rows/rows",
    )


def test_the_type_set_on_the_pipelines_output_counts_before_the_components() -> None:
    node = scoring(outputs={"rows": Output(type="mltable")})(data=DATA)
    node.outputs.rows.assign("${{parent.outputs.final}}")
    job = job_of({"score": node}, outputs={"final": Output(type="uri_file")})
    made = plan(job)
    assert made.step("score").outputs[0].type == "uri_file"
    assert [(o.name, o.step, o.output) for o in made.outputs] == [("final", "score", "rows")]


def test_the_type_set_on_the_step_counts_before_the_components() -> None:
    node = scoring()(data=DATA)
    node.outputs.rows.type = "uri_folder"
    assert plan_score(node).outputs[0].type == "uri_folder"


def test_a_path_of_an_output_is_where_the_result_goes() -> None:
    node = scoring()(data=DATA)
    node.outputs.rows.path = (
        "azureml://datastores/${{default_datastore}}/paths/${{name}}/${{output_name}}.csv"
    )
    (rows,) = plan_score(node).outputs
    assert rows.destination == (
        "azureml://datastores/workspaceblobstore/paths/kind_pear_1_score/rows.csv"
    )
    assert rows.path.startswith(FOLDER)


def test_the_pipelines_datastore_is_the_default_datastore() -> None:
    node = scoring()(data=DATA)
    node.outputs.rows.path = "azureml://datastores/${{default_datastore}}/paths/x"
    job = job_of({"score": node}, settings={"default_datastore": "azureml:mine"})
    assert plan(job).step("score").outputs[0].destination == "azureml://datastores/mine/paths/x"


def test_two_outputs_with_one_path_are_refused() -> None:
    nodes = {name: scoring()(data=DATA) for name in ("a", "b")}
    for node in nodes.values():
        node.outputs.rows.path = "/results/rows.csv"
    assert "jobs.b.outputs.rows: has the same path as a.outputs.rows" in complaint(job_of(nodes))


# ---- nested pipelines


def nested() -> PipelineJob:
    inner = scoring()(data="${{parent.inputs.images}}", limit="${{parent.inputs.limit}}")
    inner.name = "score"
    inner.outputs.rows.assign("${{parent.outputs.scored}}")
    outer = PipelineComponent(
        name="stage",
        inputs={"images": Input(type="uri_folder"), "limit": Input(type="integer", default=4)},
        outputs={"scored": Output()},
        jobs={"score": inner},
    )
    prepare = preparing()()
    stage = outer(images=prepare.outputs.made)
    view = CommandComponent(
        name="view", command="cat ${{inputs.f}}", inputs={"f": Input(type=None)}
    )
    return job_of(
        {"prepare": prepare, "stage": stage, "view": view(f=stage.outputs.scored)},
    )


def test_a_nested_pipeline_becomes_steps_with_dotted_names() -> None:
    made = plan(nested())
    assert [step.name for step in made.steps] == ["prepare", "stage.score", "view"]
    assert made.step("stage.score").after == ("prepare",)
    assert made.step("view").after == ("stage.score",)


def test_bindings_pass_through_a_nested_pipeline() -> None:
    made = plan(nested())
    score = ports(made.step("stage.score"))
    assert score["data"].uri == f"{FOLDER}/steps/prepare/outputs/made"
    assert score["limit"].literal == "4"
    seen = ports(made.step("view"))["f"]
    assert (seen.uri, seen.type) == (f"{FOLDER}/steps/stage.score/outputs/rows/rows", "uri_file")


def test_the_time_out_of_a_command_step_is_that_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "job.yml"
    file.write_text(
        "type: pipeline\njobs:\n  wait:\n    type: command\n    command: sleep 60\n"
        "    environment: azureml:e:1\n    limits: {timeout: 30}\n"
    )
    step = plan(load_job(file)).step("wait")
    assert isinstance(step, CommandPlan) and step.timeout == 30


# ---- parallel settings


def test_without_settings_every_knob_has_its_default() -> None:
    settings = plan_score(arguments="").settings
    assert (settings.max_retries, settings.timeout, settings.mini_batch_size) == (2, 60, 0)
    assert (settings.error_threshold, settings.mini_batch_error_threshold) == (-1, -1)
    assert settings.progress_update_timeout == 3 * 60 + 600
    assert settings.origins["max_retries"] == "default"
    assert settings.origins["progress_update_timeout"] == "derived"


def test_a_step_of_quick_calls_may_still_stand_for_ten_minutes() -> None:
    quick = {"max_retries": 0, "timeout": 5}
    settings = plan_score(arguments="--task_overhead_timeout 10", retry_settings=quick).settings
    assert settings.progress_update_timeout == 600


def test_slots_share_the_machine_unless_they_are_given() -> None:
    step = plan_score(resources={"instance_count": 2})
    assert (step.instance_count, step.slots_per_instance) == (2, 2)
    assert plan_score(resources={"instance_count": 9}).slots_per_instance == 1
    assert plan_score(max_concurrency_per_instance=7).slots_per_instance == 7


def test_attributes_and_arguments_become_settings_with_their_origin() -> None:
    settings = plan_score(
        arguments="--allowed_failed_percent 30 --task_overhead_timeout 1000",
        mini_batch_size="10kb",
        retry_settings={"max_retries": 1, "timeout": 100},
        mini_batch_error_threshold=5,
        logging_level="DEBUG",
        partition_keys=["Store", "Brand"],
    ).settings
    assert (settings.mini_batch_size, settings.partition_keys) == (10240, ("Store", "Brand"))
    assert (settings.max_retries, settings.timeout) == (1, 100)
    assert (settings.allowed_failed_percent, settings.task_overhead_timeout) == (30, 1000)
    assert settings.progress_update_timeout == 2 * 100 + 1000
    assert settings.logging_level == "DEBUG"
    assert settings.origins["allowed_failed_percent"] == "argument"
    assert settings.origins["timeout"] == "attribute"


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({"arguments": ""}, "mini_batch"),
        ({"arguments": "", "error_threshold": 5}, "item"),
        ({"arguments": "", "error_threshold": -1}, "item"),
        ({"arguments": "--error_threshold -1"}, "item"),
        ({"arguments": "--short_return auto"}, "mini_batch"),
        ({"arguments": "--short_return auto", "error_threshold": 5}, "item"),
    ],
)
def test_a_short_return_fails_items_once_a_threshold_on_items_is_given(
    changes: dict[str, Any], policy: str
) -> None:
    settings = plan_score(**changes).settings
    assert settings.short_return == policy
    assert settings.origins["short_return"] == "derived"


@pytest.mark.parametrize("policy", ["item", "mini_batch"])
@pytest.mark.parametrize("threshold", [{}, {"error_threshold": 5}])
def test_a_policy_for_short_returns_wins_over_the_threshold(
    policy: str, threshold: dict[str, Any]
) -> None:
    settings = plan_score(arguments=f"--short_return={policy}", **threshold).settings
    assert settings.short_return == policy
    assert settings.origins["short_return"] == "argument"


def test_a_profiler_is_named_among_the_arguments() -> None:
    assert plan_score(arguments="").settings.profiling_module is None
    settings = plan_score(arguments="--profiling_module cProfile").settings
    assert settings.profiling_module == "cProfile"


def test_an_argument_wins_over_the_attribute_with_a_warning() -> None:
    made = plan(
        job_of({"s": scoring(arguments="--error_threshold 7", error_threshold=5)(data=DATA)})
    )
    step = made.step("s")
    assert isinstance(step, ParallelPlan)
    assert step.settings.error_threshold == 7
    assert "--error_threshold 7, which counts" in made.warnings[0]


def test_a_setting_bound_to_a_pipeline_input_takes_its_value() -> None:
    node = scoring()(data=DATA)
    node.mini_batch_size = "${{parent.inputs.size}}"
    node.retry_settings = {"timeout": "${{parent.inputs.seconds}}"}
    made = plan(job_of({"score": node}, inputs={"size": "2mb", "seconds": 9}))
    step = made.step("score")
    assert isinstance(step, ParallelPlan)
    assert (step.settings.mini_batch_size, step.settings.timeout) == (2 * 1024**2, 9)


def test_environment_variables_are_texts_and_may_be_bound_to_a_pipeline_input() -> None:
    node = scoring()(data=DATA)
    node.environment_variables = {"A": "x-${{parent.inputs.n}}", "B": 5}
    step = plan(job_of({"score": node}, inputs={"n": 7})).step("score")
    assert step.environment_variables == {"A": "x-7", "B": "5"}


def test_the_missions_abbreviated_knob_is_taken_with_a_warning() -> None:
    made = plan(job_of({"score": scoring(arguments="--resource_monitor_interva 20")(data=DATA)}))
    step = made.step("score")
    assert isinstance(step, ParallelPlan)
    assert step.settings.resource_monitor_interval == 20
    assert (
        "jobs.score.task.program_arguments: --resource_monitor_interva is taken" in made.warnings[0]
    )


def test_a_size_with_a_unit_for_files_is_warned_of() -> None:
    made = plan(job_of({"score": (node := scoring()(data=DATA))}))
    assert made.warnings == ()
    for size in ("1kb", ByteSize(1024)):  # as it is typed, and as it is loaded
        node.mini_batch_size = size
        made = plan(job_of({"score": node}))
        assert "is 1kb, and the major input is files" in made.warnings[0]
        settings = made.step("score").settings
        assert (settings.mini_batch_size, settings.size_has_unit) == (1024, True)


def test_code_is_the_snapshot_of_the_code_folder() -> None:
    made = plan(two_steps(), codes={("/code/src", ()): f"{FOLDER}/code/abc"})
    step = made.step("score")
    assert isinstance(step, ParallelPlan)
    assert (step.code, step.entry_script) == (f"{FOLDER}/code/abc", "score.py")


def test_a_plan_survives_its_json() -> None:
    made = plan(nested())
    assert PipelinePlan.from_json(made.to_json()) == made


# ---- refusals


def test_all_problems_are_told_at_once() -> None:
    node = scoring(arguments="--error_threshold x ${{inputs.nope}}", input_data="${{inputs.dat}}")(
        data=DATA, limit=10
    )
    text = score_complaint(node)
    assert "4 problems were found" in text
    assert "jobs.score.task.program_arguments: --error_threshold" in text
    assert "jobs.score.task.program_arguments: ${{inputs.nope}}" in text
    assert "jobs.score.input_data: ${{inputs.dat}} names no input; did you mean 'data'?" in text
    assert "jobs.score.inputs.limit: is 10; the most that the input takes is 9" in text


def test_a_cycle_is_named_in_full() -> None:
    a, b = scoring()(), scoring()()
    a.inputs.data.assign("${{parent.jobs.b.outputs.rows}}")
    b.inputs.data.assign("${{parent.jobs.a.outputs.rows}}")
    assert "a -> b -> a" in complaint(job_of({"a": a, "b": b}))


@pytest.mark.parametrize(
    ("binding", "says"),
    [
        (
            "${{parent.jobs.prepar.outputs.made}}",
            "names no step of the pipeline; did you mean 'prepare'?",
        ),
        ("${{parent.jobs.prepare.outputs.mad}}", "has no such output; did you mean 'made'?"),
        ("${{parent.inputs.imags}}", "names no input of the pipeline; did you mean 'images'?"),
        ("pre-${{parent.inputs.images}}", "is data, not a literal"),
        ("pre-${{parent.jobs.prepare.outputs.made}}", "cannot stand inside a text"),
    ],
)
def test_a_binding_to_nothing_is_refused_with_a_suggestion(binding: str, says: str) -> None:
    node = scoring()()
    node.inputs.data._data = binding
    job = job_of({"prepare": preparing()(), "score": node}, inputs={"images": DATA})
    text = complaint(job)
    assert "jobs.score.inputs.data: " in text
    assert says in text


def test_a_missing_required_input_is_refused_at_the_step() -> None:
    assert "jobs.score.inputs.data: the required input has no value" in score_complaint(scoring()())


def test_a_missing_input_of_the_pipeline_is_refused_there() -> None:
    component = PipelineComponent(
        inputs={"images": Input(type="uri_folder")},
        jobs={"score": scoring()(data="${{parent.inputs.images}}")},
    )
    text = complaint(PipelineJob(component=component, display_name="tests"))
    assert (
        "inputs.images: the required input has no value, and jobs.score.inputs.data needs it"
        in text
    )


@pytest.mark.parametrize(
    ("attribute", "value", "says"),
    [
        ("mini_batch_size", "10 bananas", "10 bananas"),
        ("mini_batch_error_threshold", -2, "-1 or more"),
        ("error_threshold", "many", "-1 or more"),
        ("max_concurrency_per_instance", 0, "1 or more"),
        ("retry_settings", {"max_retries": "${{parent.inputs.minus}}"}, "from 0 to 10000"),
        ("retry_settings", {"timeout": "${{parent.inputs.minus}}"}, "from 1 to 259200"),
        ("resources", {"instance_count": "${{parent.inputs.half}}"}, "1 or more"),
        ("logging_level", "LOUD", "DEBUG, INFO or WARNING"),
        ("partition_keys", ["a", "a"], "different column names"),
        ("mini_batch_size", "${{parent.inputs.nope}}", "names no input"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_the_range(
    attribute: str, value: Any, says: str
) -> None:
    node = scoring()(data=DATA)
    setattr(node, attribute, value)
    text = complaint(job_of({"score": node}, inputs={"minus": -1, "half": 0.5}))
    assert f"jobs.score.{attribute}" in text
    assert says in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"input_data": None}, "Write input_data: ${{inputs.data}}"),
        ({"input_data": "data"}, "must name one input"),
        ({"input_data": "${{inputs.limit}}"}, "only data are split"),
        ({"input_data": "${{inputs.model}}"}, "without a value"),
        ({"task": {"entry_script": None}}, "jobs.score.task.entry_script: is missing"),
        ({"task": {"code": None}}, "jobs.score.task.code: is missing"),
        ({"task": {"append_row_to": "${{outputs.row}}"}}, "did you mean 'rows'?"),
        ({"task": {"append_row_to": "rows"}}, "must name one output"),
    ],
)
def test_a_parallel_step_that_cannot_run_is_refused(changes: dict[str, Any], says: str) -> None:
    assert says in score_complaint(**{"arguments": "", **changes})


def test_a_literal_for_data_and_data_for_a_literal_are_refused() -> None:
    node = scoring()()
    node.inputs.data._data, node.inputs.limit._data = 5, DATA
    text = score_complaint(node)
    assert "jobs.score.inputs.data: is the literal 5, but the input takes uri_folder" in text
    assert "jobs.score.inputs.limit: is data, but the input takes a literal of type integer" in text


def test_a_refused_input_is_not_reported_again_where_it_is_used() -> None:
    text = complaint(job_of({"p": preparing()(count="three")}))
    assert text.count("jobs.p") == 1


def test_a_pipeline_without_steps_is_refused() -> None:
    assert "the pipeline has no steps" in complaint(job_of({}))


def test_two_steps_for_one_output_of_the_pipeline_are_refused() -> None:
    nodes = {name: scoring()(data=DATA) for name in ("a", "b")}
    for node in nodes.values():
        node.outputs.rows.assign("${{parent.outputs.final}}")
    job = job_of(nodes, outputs={"final": Output()})
    assert '"a" writes the pipeline\'s output "final" already' in complaint(job)


def test_a_command_without_text_is_refused() -> None:
    assert "jobs.p.component.command: the step has no command" in complaint(
        job_of({"p": preparing(command=" ")()})
    )
