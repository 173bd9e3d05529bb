"""Inputs and outputs: every form, and how they are read and set on steps."""

from pathlib import Path
from typing import Any

from _files import COMMAND, attempt, command_function, data, parallel_function, write
from sdk import Input, Output, command, load_component
from sdk.constants import AssetTypes, InputOutputModes, InputTypes
from sdk.dsl import pipeline


def case_what_inputs_and_outputs_hold(folder: Path) -> Any:
    inputs = [
        Input(),
        Input(type="uri_file", path="./a.csv", mode="download", description="x"),
        Input(type=AssetTypes.MLTABLE, path="azureml:t:1", mode=InputOutputModes.EVAL_MOUNT),
        Input(type=InputTypes.STRING, mode="download"),
        Input(type="nonsense", path="x", mode="odd"),
    ]
    outputs = [Output(), Output(type="uri_file", mode="upload"), Output(name="n", version="2")]
    fields = ("type", "path", "mode", "description", "default", "optional")
    found = [[getattr(port, name, None) for name in fields] for port in inputs]
    return found + [[o.type, o.path, o.mode, o.name, o.version] for o in outputs]


def case_an_input_reads_like_a_mapping(folder: Path) -> Any:
    found = dict(Input(type="integer", default=3, description="d"))
    return {name: value for name, value in found.items() if value is not None}


def case_inputs_compare_by_value(folder: Path) -> Any:
    return [
        Input(type="integer", default=3) == Input(type="integer", default="3"),
        Input(path="a") == Input(path="b"),
        Output(type="uri_file") == Output(type="uri_file"),
        Output(type="uri_file") == Output(type="mltable"),
    ]


def case_errors_of_inputs(folder: Path) -> Any:
    return [
        attempt(lambda: Input("uri_folder")),
        attempt(lambda: Input(type="integer", default="x")),
        attempt(lambda: Input(type="number", default="x")),
        attempt(lambda: Input(type="boolean", default="x")),
        attempt(lambda: Input(type="uri_folder", default="x")),
        attempt(lambda: Input(type="string", path="./x")),
        attempt(lambda: Input(type="string", min=1)),
        attempt(lambda: Input(type="uri_file", max=1)),
        attempt(lambda: Input(type="integer", min="abc")),
        attempt(lambda: Input(type="uri_file", enum=["a"])),
    ]


def case_errors_of_outputs(folder: Path) -> Any:
    return [
        attempt(lambda: Output("uri_folder")),
        attempt(lambda: Output(version="2")),
        attempt(lambda: Output(name="a b")),
        attempt(lambda: Output(name="x" * 256)),
    ]


def case_data_given_inside_of_the_pipeline(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain():
        step = score(data=Input(type="mltable", path="./table", mode="eval_mount"))
        return {"out": step.outputs.result}

    return chain()


def case_data_references_of_every_kind(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(a, b, c, d, e):
        for source in (a, b, c, d, e):
            copy(source=source)

    return chain(
        a=data("azureml:sales:3"),
        b=data("azureml:sales@latest"),
        c=data("azureml://datastores/store/paths/some/folder"),
        d=data("https://example.com/data/"),
        e=data("wasbs://container@account.blob.core.windows.net/data"),
    )


def case_a_text_for_a_data_input(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain():
        step = copy(source="azureml:sales:3")
        return {"out": step.outputs.files}

    return chain()


def case_the_mode_of_a_bound_input(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        first.inputs.source.mode = "download"
        second = copy(source=first.outputs.files)
        second.inputs.source.mode = "ro_mount"
        return {"out": second.outputs.files}

    return chain(source=data(mode="ro_mount"))


def case_a_mode_declared_in_the_component_stays_there(folder: Path) -> Any:
    score = parallel_function(folder, inputs={"data": Input(type="mltable", mode="direct")})

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        return {"out": step.outputs.result}

    return chain(source=data(type="mltable"))


def case_ports_of_a_step_can_be_read(folder: Path) -> Any:
    score = parallel_function(folder)
    step = score(data=data(type="mltable", mode="direct"))
    port, out = step.inputs.data, step.outputs.result
    return [
        [port.type, port.mode, port.path],
        [out.type, out.mode, out.path],
        [list(step.inputs), list(step.outputs)],
        [step.inputs["data"].mode, step.outputs["result"].type],
    ]


def case_inputs_assigned_to_a_step(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source, other):
        first = copy(source=source)
        second = copy(source=source)
        third = copy(source=source)
        second.inputs.source = other
        third.inputs.source = first.outputs.files
        first.inputs.source = Input(type="uri_folder", path="azureml:sales:3", mode="download")
        return {"out": third.outputs.files}

    return chain(source=data(), other=data("./other"))


def case_outputs_set_field_by_field(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        loose = score(data=source)
        loose.outputs.result.type = "uri_folder"
        loose.outputs.result.mode = "upload"
        loose.outputs.result.path = "azureml://datastores/d/paths/x"
        bound = score(data=source)
        bound.outputs.result.mode = "rw_mount"
        bound.outputs.result.path = "azureml://datastores/d/paths/y"
        return {"out": bound.outputs.result}

    return chain(source=data())


def case_outputs_replaced(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        step = prepare(source=source)
        step.outputs.files = Output(type="uri_folder", mode="upload", path="azureml://x/y")
        step.outputs.table = Output(type="uri_file", name="table", version="1")
        return {"table": step.outputs.table}

    return chain(source=data())


def case_named_outputs(folder: Path) -> Any:
    score = parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        step = score(data=source)
        step.outputs.result.name = "registered"
        step.outputs.result.version = "3"
        return {"out": step.outputs.result}

    return chain(source=data())


def case_outputs_of_a_loaded_component_print_when_touched(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        prepare(source=source)
        touched = prepare(source=source)
        touched.outputs.files.mode = "upload"

    return chain(source=data())


def case_a_step_with_one_output_is_passed_whole(folder: Path) -> Any:
    copy, score = command_function(), parallel_function(folder)

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        second = score(data=first)
        return {"out": second.outputs.result}

    return chain(source=data())


def case_preset_inputs_of_a_function(folder: Path) -> Any:
    run = command(
        command="cp ${{inputs.source}} ${{outputs.files}} ${{inputs.n}}",
        inputs={"source": data(mode="download"), "n": 3, "free": Input(type="uri_file")},
        outputs={"files": Output(mode="upload")},
        environment="azureml:kit-env:3",
    )

    @pipeline(default_compute="cpu")
    def chain(source):
        first = run(free=source)
        second = run(source=source, free=source, n=4)
        return {"a": first.outputs.files, "b": second.outputs.files}

    return chain(source=data("./b.csv", type="uri_file"))


def case_an_invalid_name_of_an_input(folder: Path) -> Any:
    def called() -> Any:
        run = command(command="echo", environment="e:1", inputs={"a-b": Input()})
        return run(**{"a-b": data()})

    return attempt(called)


def case_data_given_as_a_mapping(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain():
        step = copy(source={"type": "uri_folder", "path": "./x", "mode": "download"})
        return {"out": step.outputs.files}

    return chain()


def case_declarations_as_mappings(folder: Path) -> Any:
    run = command(
        command="echo",
        inputs={"source": {"type": "uri_file", "mode": "download"}},
        outputs={"files": {"type": "mltable", "mode": "upload"}},
        environment="azureml:kit-env:3",
    )
    return run.component


def case_an_input_taken_back(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source):
        step = prepare(source=source, count=4)
        step.inputs.count = None
        return {"out": step.outputs.files}

    return chain(source=data())


def case_parameters_and_values_swapped_on_an_input(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline(default_compute="cpu")
    def chain(source, n=3):
        one = prepare(source=source, count=n)
        one.inputs.count = 7
        two = prepare(source=source, count=7)
        two.inputs.count = n
        return {"a": one.outputs.files, "b": two.outputs.files}

    return chain(source=data())


def case_ports_by_key(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        second = copy(source=source)
        second.inputs["source"].mode = "download"
        second.inputs.source = first.outputs["files"]
        second.outputs["files"].mode = "upload"
        return {"out": second.outputs["files"]}

    return chain(source=data())
