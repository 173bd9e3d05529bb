"""What is printed loads again into an equal job."""

from __future__ import annotations

import io
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallelsdk import Input, Output, command, load_component, load_job
from parallelsdk.dsl import group, pipeline
from parallelsdk.entities import BuildContext, Environment, Parallel, PipelineJob
from parallelsdk.entities._printing import to_yaml
from parallelsdk.parallel import RunFunction, parallel_run_function

TEXTS = st.text(st.characters(exclude_categories=["Cc"], include_characters="\n\t"), max_size=30)
PLAIN = TEXTS.filter(lambda text: "$" not in text)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@group
class Limits:
    low: int
    high: float = 0.5


def reread(job: PipelineJob) -> PipelineJob:
    """The job that the printed text describes, loaded from another folder."""
    found = load_job(io.StringIO(str(job)), relative_origin="/another/folder/job.yml")
    assert isinstance(found, PipelineJob)
    return found


def assert_equal(left: PipelineJob, right: PipelineJob) -> None:
    """Equal as printed, and equal in what planning reads."""
    assert left._to_dict() == right._to_dict()
    assert left == right
    assert left.input_sources() == right.input_sources()
    for name, step in left.jobs.items():
        other = right.jobs[name]
        assert step.input_sources() == other.input_sources()
        if isinstance(step, Parallel) and isinstance(other, Parallel):
            assert step.task._to_dict() == other.task._to_dict()  # type: ignore[union-attr]
            assert step.task_code == other.task_code
        assert step.setting("mini_batch_size") == other.setting("mini_batch_size")
    assert left._validate().error_messages == right._validate().error_messages


def score_function(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "name": "score",
        "inputs": {"data": Input(type="mltable"), "k": 3},
        "outputs": {"rows": Output(type="uri_file", mode="rw_mount")},
        "input_data": "${{inputs.data}}",
        "task": RunFunction(
            code="./src",
            entry_script="score.py",
            append_row_to="${{outputs.rows}}",
            environment=Environment(image="img", conda_file={"dependencies": ["pip"]}),
        ),
    }
    return parallel_run_function(**{**fields, **changes})


def test_a_job_with_everything_loads_again_from_anywhere(folder: Path) -> None:
    hello = command(
        name="hello",
        command="echo ${{inputs.n}} $[[ --o ${{inputs.opt}} ]] > ${{outputs.out}}/f",
        inputs={"n": Input(type="integer", min=0), "opt": Input(type="string", optional=True)},
        outputs={"out": Output(type="uri_folder")},
        environment=Environment(build=BuildContext(path="./docker")),
        environment_variables={"A": "1"},
        timeout=60,
        code="./src",
    )
    score = score_function(instance_count=2, mini_batch_size="10kb", compute="small")

    @pipeline(name="inner_one", tags={"of": "inner"})
    def inner(n: int = 2, size=None, opt: Input(type="string", optional=True) = None):  # type: ignore
        """Inner.

        :param n: how many
        """
        first = hello(n=n, opt=opt)
        last = score(data=first.outputs.out)
        last.mini_batch_size = size
        last.retry_settings = {"max_retries": 1, "timeout": 5}
        last.resources.instance_count = n
        last.outputs.rows.mode = "upload"
        return {"rows": last.outputs.rows}

    @pipeline(display_name="outer", default_compute="cpu", tags={"a": "b"}, force_rerun=True)
    def outer(
        data,
        limits: Limits,
        c: Colour = Colour.RED,
        f: bool = True,
        opt: Input(type="string", optional=True) = None,
    ):  # type: ignore
        one = inner(n=limits.low, size=3)
        inner(size=4, opt=opt)
        side = score(data=data)
        side.inputs.data.mode = "eval_mount"
        side.outputs.rows.path = "azureml://datastores/d/paths/${{name}}/rows.txt"
        side.extra = {"kept": [1, 2]}
        hello(n=limits.low, opt="pre-" + c)
        return {"rows": one, "out": side.outputs.rows}

    job = outer(
        data=Input(path="./data", type="mltable", mode="ro_mount"),
        limits=Limits(low=1),
    )
    job.outputs.out.type = "mltable"
    job.settings.continue_on_step_failure = False
    job.experiment_name = "flowers"
    again = reread(job)
    assert_equal(job, again)
    assert_equal(again, reread(again))
    assert again.input_sources()["data"].path == str(folder / "data")  # type: ignore[union-attr]
    assert again.outputs.out.type == "mltable"


def test_a_loaded_component_keeps_its_name_and_paths(folder: Path, write: Any) -> None:
    file = write(
        "parts/c.yml",
        "name: my_part\ncommand: echo\ncode: ../src\nqueue_settings: {job_tier: spot}\n",
    )
    part = load_component(file)

    @pipeline
    def job() -> None:
        part()

    again = reread(job())
    component = again.jobs["my_part"].component
    assert component.name == "my_part" and component.queue_settings == {"job_tier": "spot"}
    assert component.resolved_code == str(folder / "src")


def test_dump_writes_what_load_reads(folder: Path) -> None:
    @pipeline
    def job(n: int = 3):  # type: ignore[no-untyped-def]
        score_function()(data=Input(path="./d", type="mltable"), k=n)

    built = job()
    built.dump(folder / "deep.yml")
    stream = io.StringIO()
    built.dump(stream)
    loaded = load_job(folder / "deep.yml")
    assert isinstance(loaded, PipelineJob)
    assert_equal(built, loaded)
    assert stream.getvalue() == (folder / "deep.yml").read_text()


def test_a_job_name_and_unknown_fields_survive(write: Any) -> None:
    text = "type: pipeline\nname: calm_river\nservices: {a: {b: 1}}\njobs: {s: {command: c}}\n"
    job = load_job(write("x.yml", text))
    assert isinstance(job, PipelineJob)
    again = reread(job)
    assert again.name == "calm_river" and again._to_dict()["services"] == {"a": {"b": 1}}


def test_truth_values_and_texts_stay_apart() -> None:
    @pipeline
    def job(a: bool = True, b: str = "true", c: str = "3", d: str = "2020-01-01", e: str = ""):  # type: ignore
        command(command="echo")()

    built = job()
    assert "a: true\n" in str(built) and "b: 'true'\n" in str(built)
    assert_equal(built, reread(built))


def test_a_path_that_is_no_valid_utf8_is_printed_and_read() -> None:
    path = b"/data/\xff\xc3\xa9".decode("utf-8", "surrogateescape")

    @pipeline
    def job(data):  # type: ignore[no-untyped-def]
        score_function()(data=data)

    built = job(data=Input(path=path, type="mltable"))
    assert str(built).isprintable() or "\n" in str(built)
    assert reread(built).input_sources()["data"].path == path  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    literal=TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans(),
    side=PLAIN,
    arguments=TEXTS,
    line=TEXTS.filter(lambda text: text.strip() != ""),
    labels=st.dictionaries(PLAIN, PLAIN, max_size=2),
    variables=st.dictionaries(st.from_regex(r"[A-Z_]{1,5}", fullmatch=True), TEXTS, max_size=2),
    size=st.none() | st.integers(0, 10**6),
    retries=st.none() | st.fixed_dictionaries({}, optional={"max_retries": st.integers(0, 9)}),
    keys=st.none() | st.lists(PLAIN, max_size=2),
    mode=st.sampled_from([None, "direct", "eval_mount"]),
)
def test_any_job_that_can_be_built_prints_and_loads_equal(
    literal: Any,
    side: str,
    arguments: str,
    line: str,
    labels: dict[str, str],
    variables: dict[str, str],
    size: int | None,
    retries: dict[str, int] | None,
    keys: list[str] | None,
    mode: str | None,
) -> None:
    prepare = command(
        command=line,
        inputs={"side": Input(type="string")},
        outputs={"out": Output(type="mltable")},
        environment_variables=variables,
        description=side,
    )
    score = score_function(
        mini_batch_size=size, retry_settings=retries, partition_keys=keys, display_name=side
    )
    score.task.program_arguments = arguments

    @pipeline(description=side or None, tags=labels)
    def job(value):  # type: ignore[no-untyped-def]
        first = prepare(side=side)
        last = score(data=first.outputs.out, k=value)
        last.inputs.data.mode = mode
        last.environment_variables = variables
        return {"rows": last.outputs.rows}

    built = job(value=literal)
    assert_equal(built, reread(built))


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8))  # fmt: skip  # noqa: E501
def test_plain_values_survive_as_yaml(value: Any) -> None:
    import yaml

    assert yaml.safe_load(to_yaml({"value": value})) == {"value": value}


@pytest.mark.parametrize("text", ["a\nb", " a\nb", "a \nb\n", "a\n\n", "\n", "x: 1\n- y"])
def test_texts_of_several_lines_survive(text: str) -> None:
    import yaml

    assert yaml.safe_load(to_yaml({"value": text})) == {"value": text}
