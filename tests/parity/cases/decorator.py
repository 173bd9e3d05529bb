"""The arguments of ``@pipeline``, the annotations of its parameters, and what it returns."""

from pathlib import Path
from typing import Any

from _files import attempt, command_function, data, parallel_function
from sdk import Input, Output
from sdk.dsl import group, pipeline


@group
class Results:
    files: Output(type="uri_folder")
    more: Output(type="uri_folder")


def case_all_words_of_the_decorator(folder: Path) -> Any:
    copy = command_function()

    @pipeline(
        name="named",
        version="3",
        display_name="Shown",
        description="about it",
        experiment_name="tries",
        tags={"a": "b"},
        default_compute="cpu",
        default_datastore="store",
        continue_on_step_failure=True,
        force_rerun=False,
    )
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    job = chain(source=data())
    component = job.component
    return [job, [job.name, component.name, component.version, component.display_name]]


def case_the_decorator_without_parentheses(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        """Does it, and
        says so in two lines.
        """
        step = copy(source=source)
        return {"out": step.outputs.files}

    job = chain(source=data())
    return [job, chain.__name__, job.component.name]


def case_compute_and_its_aliases(folder: Path) -> Any:
    copy = command_function()

    def body(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    made = [pipeline(compute="a")(body), pipeline(default_compute_target="b")(body)]
    return [job(source=data()) for job in made]


def case_unknown_words_of_the_decorator_are_ignored(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu", nonsense=3)
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    return chain(source=data())


def case_two_calls_give_independent_jobs(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    one, two = chain(source=data()), chain(source=data("./other"))
    one.jobs["step"].compute = "gpu"
    one.settings.force_rerun = True
    one.tags["a"] = "b"
    return [one, two]


def case_non_pipeline_inputs(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu", non_pipeline_inputs=["times"])
    def chain(source, times, label="x"):
        for _ in range(times):
            step = copy(source=source)
        return {"out": step.outputs.files}

    return chain(source=data(), times=2)


def case_non_pipeline_inputs_with_a_default(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu", non_pipeline_parameters=["flag"])
    def chain(source, flag=True):
        if flag:
            first = copy(source=source)
            source = first.outputs.files
        last = copy(source=source)
        return {"out": last.outputs.files}

    return [chain(source=data()), chain(source=data(), flag=False)]


def case_bad_non_pipeline_inputs(folder: Path) -> Any:
    def body(source):
        pass

    return [
        attempt(lambda: pipeline(non_pipeline_inputs=["nope"])(body)(source=data())),
        attempt(lambda: pipeline(non_pipeline_inputs="source")(body)(source=data())),
        attempt(lambda: pipeline(non_pipeline_inputs=[3])(body)(source=data())),
    ]


def case_annotations_with_inputs(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source: Input(type="mltable", mode="direct", description="table"), other: Input):
        first = copy(source=source)
        second = copy(source=other)
        return {"a": first.outputs.files, "b": second.outputs.files}

    job = chain(source=data(type="mltable"), other=data())
    declared = job.component.inputs
    return [job, [[p.type, p.mode, p.description] for p in declared.values()]]


def case_annotations_that_are_refused(folder: Path) -> Any:
    def refused(kind: Any, **more: Any) -> Any:
        def body(x):
            pass

        body.__annotations__["x"] = kind
        return attempt(lambda: pipeline(body))

    return [refused(dict), refused(bytes), refused(list[int])]


def case_defaults_that_are_refused(folder: Path) -> Any:
    def with_input(x=data()):  # noqa: B008
        pass

    def with_text(x: int = "many"):
        pass

    return [attempt(lambda: pipeline(with_input)), attempt(lambda: pipeline(with_text))]


def case_keyword_only_parameters(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source, *, errors: int = 3):
        step = score(data=source)
        step.error_threshold = errors
        return {"out": step.outputs.result}

    return [chain(data()), chain(data(), errors=4)]


def case_star_parameters_are_refused_at_the_call(folder: Path) -> Any:
    @pipeline
    def many(*sources):
        pass

    @pipeline
    def named(**sources):
        pass

    return [attempt(lambda: many(data())), attempt(lambda: named(source=data()))]


def case_what_a_pipeline_returns(folder: Path) -> Any:
    copy = command_function()

    def job(returned: Any) -> Any:
        @pipeline
        def chain(source):
            step = copy(source=source)
            return returned(step)

        return attempt(lambda: chain(source=data()))

    return [
        job(lambda step: None),
        job(lambda step: {}),
        job(lambda step: step.outputs),
        job(lambda step: {"out": step.outputs.files}),
        job(lambda step: [step.outputs.files]),
        job(lambda step: step.outputs.files),
        job(lambda step: {"out": 3}),
        job(lambda step: {3: step.outputs.files}),
    ]


def case_a_return_annotation_of_one_output(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source) -> Output(type="uri_folder", mode="upload", description="all"):
        step = copy(source=source)
        return {"output": step.outputs.files}

    job = chain(source=data())
    return [job, [job.component.outputs["output"].type, job.component.outputs["output"].mode]]


def case_a_return_annotation_of_a_group(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source) -> Results:
        step = copy(source=source)
        other = copy(source=source)
        return {"files": step.outputs.files, "more": other.outputs.files}

    return chain(source=data())


def case_a_return_that_does_not_fit_its_annotation(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def other_key(source) -> Output(type="uri_folder"):
        step = copy(source=source)
        return {"files": step.outputs.files}

    @pipeline
    def other_type(source) -> Output(type="uri_file"):
        step = copy(source=source)
        return {"output": step.outputs.files}

    @pipeline
    def one_is_missing(source) -> Results:
        step = copy(source=source)
        return {"files": step.outputs.files}

    @pipeline
    def nothing(source) -> Results:
        copy(source=source)

    jobs = (other_key, other_type, one_is_missing, nothing)
    return [attempt(lambda job=job: job(source=data())) for job in jobs]


def case_the_type_of_a_returned_output_goes_to_the_job(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        step.outputs.files.type = "mltable"
        return {"out": step.outputs.files}

    return chain(source=data())


def case_one_output_returned_twice(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        return {"a": step.outputs.files, "b": step.outputs.files}

    return attempt(lambda: chain(source=data()))


def case_a_callers_values_in_every_form(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(a, b, c: int, d: str = "x", *, e=None):
        step = copy(source=a)
        other = copy(source=b)
        return {"a": step.outputs.files, "b": other.outputs.files}

    return [
        chain(data("./a"), data("./b"), 3),
        chain(data("./a"), b=data("./b"), c=4, e="given"),
        chain(c=5, b=data("azureml:b:1"), a=data("./a"), d="y"),
    ]


def case_a_class_holds_a_pipeline_function(folder: Path) -> Any:
    copy = command_function()

    class Holder:
        @staticmethod
        @pipeline(default_compute="cpu")
        def chain(source):
            step = copy(source=source)
            return {"out": step.outputs.files}

    return Holder.chain(source=data())


def case_an_exception_inside_leaves_no_open_pipeline(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def broken(source):
        copy(source=source)
        raise LookupError("the author's own")

    @pipeline(default_compute="cpu")
    def chain(source):
        step = copy(source=source)
        return {"out": step.outputs.files}

    failed = attempt(lambda: broken(source=data()))
    return [failed, chain(source=data())]


def case_a_pipeline_without_steps(folder: Path) -> Any:
    @pipeline(default_compute="cpu")
    def chain(n: int = 3):
        pass

    return chain()._to_dict()
