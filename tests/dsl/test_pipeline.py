"""``@pipeline``: what a function becomes, what it gets, what it may return."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from parallelsdk import Input, Output, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities import CommandComponent, Pipeline, PipelineJob, _graph
from parallelsdk.exceptions import UserErrorException
from parallelsdk.parallel import RunFunction, parallel_run_function


def hello() -> Any:
    return command(
        name="hello",
        command="echo ${{inputs.n}}",
        inputs={"n": Input(type="integer"), "text": Input(type="string", optional=True)},
        outputs={"out": Output(type="uri_file")},
    )


def test_both_spellings_make_a_job() -> None:
    @pipeline
    def bare():  # type: ignore[no-untyped-def]
        hello()(n=1)

    @pipeline()
    def called():  # type: ignore[no-untyped-def]
        """Says hello."""
        hello()(n=1)

    job = called()
    assert isinstance(bare(), PipelineJob)
    assert (job.display_name, job.description, job.component.name) == (
        "called",
        "Says hello.",
        "called",
    )
    assert called._is_dsl_func is True  # type: ignore[attr-defined]
    assert called.__name__ == "called" and called.__wrapped__.__name__ == "called"  # type: ignore


def test_the_decorators_words_are_the_jobs() -> None:
    @pipeline(
        name="n",
        display_name="d",
        description="e",
        experiment_name="x",
        tags={"a": "b"},
        default_compute="cpu",
        compute="own",
        continue_on_step_failure=True,
    )
    def job():  # type: ignore[no-untyped-def]
        hello()(n=1)

    with pytest.warns(UserWarning, match="pipeline: 'nonsense' means nothing here"):
        pipeline(nonsense=3)
    built = job()
    assert (built.component.name, built.display_name, built.description) == ("n", "d", "e")
    assert (built.experiment_name, built.tags, built.compute) == ("x", {"a": "b"}, "own")
    assert built.settings._to_dict() == {
        "default_compute": "azureml:cpu",
        "continue_on_step_failure": True,
    }
    assert built.name is None and built.type == "pipeline"


def test_defaults_are_written_into_the_job_and_missing_values_are_left_out() -> None:
    @pipeline
    def job(i=3, f: float = 0.5, b: bool = False, s: str = "x", free=None):  # type: ignore
        hello()(n=i, text=s)

    built = job(f=2.0)
    assert built._to_dict()["inputs"] == {"i": 3, "f": 2.0, "b": False, "s": "x"}
    declared = {name: port.type for name, port in built.component.inputs.items()}
    assert declared == {
        "i": "integer",
        "f": "number",
        "b": "boolean",
        "s": "string",
        "free": None,
    }


def test_inside_the_function_a_parameter_is_a_reference() -> None:
    seen: dict[str, Any] = {}

    @pipeline
    def job(a: int, b: str = "x"):  # type: ignore[no-untyped-def]
        seen.update(text=f"{a}", joined="pre-" + b + "/sub", result=(a.result(), b.result()))  # type: ignore
        for name, attempt in {"truth": lambda: bool(a), "compare": lambda: bool(a == 3)}.items():
            try:
                attempt()
            except UserErrorException as error:
                seen[name] = str(error)
        hello()(n=a, text="to-" + b)

    built = job(a=5)
    assert seen["text"] == "${{parent.inputs.a}}"
    assert seen["joined"] == "pre-${{parent.inputs.b}}/sub"
    assert seen["result"] == (5, None)
    assert "no truth value" in seen["truth"] and "no truth value" in seen["compare"]
    assert built.jobs["hello"].input_sources() == {
        "n": _graph.FromParent("a", None),
        "text": _graph.Value("to-${{parent.inputs.b}}"),
    }


def test_a_non_pipeline_input_stays_a_python_value() -> None:
    @pipeline(non_pipeline_inputs=["times"])
    def job(times: list[int], n: int = 1):  # type: ignore[no-untyped-def]
        for _ in times:
            hello()(n=n)

    built = job([1, 2, 3])
    assert len(built.jobs) == 3 and list(built.component.inputs) == ["n"]


def test_a_returned_mapping_becomes_the_outputs() -> None:
    @pipeline
    def job():  # type: ignore[no-untyped-def]
        first, second = hello()(n=1), hello()(n=2)
        first.name, second.name = "one", "two"
        second.outputs.out.type = "mltable"
        return {"a": first.outputs.out, "b": second}

    built = job()
    assert built._to_dict()["outputs"] == {"a": {"type": "uri_file"}, "b": {"type": "mltable"}}
    assert built.jobs["one"]._to_dict()["outputs"] == {"out": "${{parent.outputs.a}}"}


def test_all_outputs_of_a_node_may_be_returned_whole() -> None:
    @pipeline
    def job():  # type: ignore[no-untyped-def]
        step = hello()(n=1)
        return step.outputs

    assert list(job().outputs) == ["out"]


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (lambda node: [node.outputs.out], "mapping"),
        (lambda node: node.outputs.out, "mapping"),
        (lambda node: {"a": 3}, "'a' is int"),
        (lambda node: {3: node.outputs.out}, "mapping of names"),
        (lambda node: {"a": node.outputs.out, "b": node.outputs.out}, "returned twice"),
        (lambda node: {"a": hello().outputs.out}, "belongs to no step"),
    ],
)
def test_a_wrong_return_is_answered(returned: Any, words: str) -> None:
    @pipeline
    def job():  # type: ignore[no-untyped-def]
        node = hello()(n=1)
        return returned(node)

    with pytest.raises(UserErrorException, match=words):
        job()


def test_every_call_builds_anew() -> None:
    @pipeline
    def job(n: int):  # type: ignore[no-untyped-def]
        hello()(n=n)

    first, second = job(n=1), job(n=2)
    first.jobs["hello"].inputs.n.path = "changed"
    assert second.jobs["hello"].input_sources() == {"n": _graph.FromParent("n", None)}
    assert first.input_sources() != second.input_sources()


def test_a_pipeline_inside_another_is_a_step() -> None:
    @pipeline(default_compute="ignored")
    def inner(n: int = 2, text: str = "x"):  # type: ignore[no-untyped-def]
        step = hello()(n=n, text=text)
        return {"out": step.outputs.out}

    @pipeline
    def outer(m: int):  # type: ignore[no-untyped-def]
        one = inner(m)
        two = inner(text="y")
        hello()(n=1, text=two)
        return {"final": one.outputs.out}

    with pytest.warns(UserWarning, match="inner pipeline 'inner' are ignored"):
        job = outer(m=4)
    one, two = job.jobs["one"], job.jobs["two"]
    assert isinstance(one, Pipeline)
    assert one.input_sources() == {"n": _graph.FromParent("m", None)}
    assert two.input_sources() == {"text": _graph.Value("y")}
    assert one.component.inputs["n"].default == 2
    assert list(one.component.jobs) == ["step"]
    assert one.output_targets()["out"].parent_output == "final"
    assert "outputs" not in two._to_dict()  # it was given none
    assert job._validate().passed


def test_a_pipeline_that_calls_itself_without_end_is_refused() -> None:
    @pipeline
    def endless():  # type: ignore[no-untyped-def]
        endless()

    with pytest.raises(UserErrorException, match="depth"):
        endless()


def test_a_failing_function_leaves_no_pipeline_open() -> None:
    @pipeline
    def broken():  # type: ignore[no-untyped-def]
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        broken()

    @pipeline
    def fine():  # type: ignore[no-untyped-def]
        hello()(n=1)

    assert isinstance(fine(), PipelineJob)


def test_pipelines_built_in_threads_do_not_mix() -> None:
    @pipeline(non_pipeline_inputs=["count"])
    def job(count: int):  # type: ignore[no-untyped-def]
        for _ in range(count):
            barrier.wait(timeout=30)
            hello()(n=1)

    barrier, built = threading.Barrier(2), {}

    def build(key: str) -> None:
        built[key] = job(20)

    threads = [threading.Thread(target=build, args=(key,)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert {key: len(found.jobs) for key, found in built.items()} == {"a": 20, "b": 20}


def test_steps_are_named_after_variables_in_a_notebook_cell_too(folder: Path) -> None:
    cell = """
@pipeline
def job():
    mine = maker(n=1)
    maker(n=2)
"""
    names: dict[str, Any] = {"pipeline": pipeline, "maker": hello().component}
    exec(compile(cell, "<ipython-input-1>", "exec"), names)
    assert list(names["job"]().jobs) == ["mine", "mine_1"]


def test_a_function_behind_another_decorator_still_names_its_steps() -> None:
    import functools

    def loud(func: Any) -> Any:
        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        return wrapper

    maker = hello().component

    @pipeline
    @loud
    def job():  # type: ignore[no-untyped-def]
        mine = maker(n=1)  # noqa: F841

    assert list(job().jobs) == ["mine"]


def test_a_file_step_and_a_table_step_after_one_preparation(folder: Path) -> None:
    prepare = CommandComponent(
        name="prepare",
        command="python prepare.py",
        inputs={"raw": Input(type="uri_folder")},
        outputs={"files": Output(type="uri_folder"), "table": Output(type="uri_folder")},
    )
    by_file = parallel_run_function(
        name="score_files",
        inputs={"data": Input(type="mltable")},
        outputs={"out": Output(type="mltable")},
        input_data="${{inputs.data}}",
        mini_batch_size="1",
        task=RunFunction(code=".", entry_script="files.py", environment="azureml:sklearn:1"),
    )
    by_row = parallel_run_function(
        name="score_rows",
        inputs={"data": Input(type="mltable"), "model": Input(type="uri_folder")},
        outputs={"out": Output(type="mltable")},
        input_data="${{inputs.data}}",
        mini_batch_size="100",
        task=RunFunction(code=".", entry_script="rows.py", append_row_to="${{outputs.out}}"),
    )

    @pipeline()
    def both(raw, model):  # type: ignore[no-untyped-def]
        prepared = prepare(raw=raw)
        prepared.outputs.files.type = "mltable"
        files = by_file(data=prepared.outputs.files)
        files.inputs.data.mode = "eval_mount"
        rows = by_row(data=prepared.outputs.table, model=model)
        rows.inputs.data.mode = "direct"
        return {"of_files": files.outputs.out, "of_rows": rows.outputs.out}

    job = both(
        raw=Input(path="./raw/", type="mltable", mode="ro_mount"), model=Input(path="./model/")
    )
    job.outputs.of_rows.type = "uri_file"
    job.settings.default_compute = "cpu-cluster"
    printed = job._to_dict()
    assert list(printed["jobs"]) == ["prepared", "score_files", "score_rows"]
    assert printed["inputs"]["raw"] == {
        "mode": "ro_mount",
        "type": "mltable",
        "path": str(folder / "raw"),
    }
    assert printed["outputs"] == {"of_files": {"type": "mltable"}, "of_rows": {"type": "uri_file"}}
    assert printed["settings"] == {"default_compute": "azureml:cpu-cluster"}
    assert printed["jobs"]["prepared"]["outputs"] == {"files": {"type": "mltable"}}
    step = printed["jobs"]["score_files"]
    assert step["inputs"] == {
        "data": {"mode": "eval_mount", "path": "${{parent.jobs.prepared.outputs.files}}"}
    }
    assert step["outputs"] == {"out": "${{parent.outputs.of_files}}"}
    assert step["mini_batch_size"] == "1"
    assert step["task"]["environment"] == "azureml:sklearn:1"
    assert job._validate().passed
