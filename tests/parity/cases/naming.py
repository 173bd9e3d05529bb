"""How steps get their names."""

from pathlib import Path
from typing import Any

from _files import COMMAND, attempt, command_function, data, parallel_function, write
from sdk import load_component
from sdk.dsl import pipeline


def case_the_variable_names_an_anonymous_step(folder: Path) -> Any:
    copy = command_function()

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        second = copy(source=first.outputs.files)
        return {"files": second.outputs.files}

    return chain(source=data())


def case_an_explicit_name_beats_the_variable(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline(default_compute="cpu")
    def chain(source):
        held = score(data=source)
        return {"out": held.outputs.result}

    return chain(source=data())


def case_the_name_of_a_command_function_is_not_taken_over(folder: Path) -> Any:
    copy = command_function(name="copy")

    @pipeline(default_compute="cpu")
    def chain(source):
        first = copy(source=source)
        second = copy(source=first.outputs.files)
        return {"files": second.outputs.files}

    return chain(source=data())


def case_two_steps_of_a_named_function_in_variables_collide(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline
    def chain(source):
        first = score(data=source)
        second = score(data=source)
        return {"a": first.outputs.result, "b": second.outputs.result}

    return chain(source=data())


def case_renaming_the_second_step_of_a_named_function(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline
    def chain(source):
        first = score(data=source)
        second = score(data=source)
        second.name = "other"
        return {"a": first.outputs.result, "b": second.outputs.result}

    return chain(source=data())


def case_anonymous_steps_of_a_named_function_are_counted(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline
    def chain(source):
        score(data=source)
        score(data=source)
        score(data=source)

    return chain(source=data())


def case_a_loop_over_one_variable_gives_the_last_step_the_name(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        for _ in range(3):
            step = copy(source=source)
        return {"files": step.outputs.files}

    return chain(source=data())


def case_steps_in_a_list_and_a_dict_are_anonymous(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        steps = [prepare(source=source), prepare(source=source)]
        more = {"third": prepare(source=source)}
        return {"a": steps[0].outputs.files, "b": more["third"].outputs.files}

    return chain(source=data())


def case_anonymous_steps_without_a_component_name(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        copy(source=source)
        copy(source=source)

    return chain(source=data())


def case_anonymous_steps_follow_a_named_sibling(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        held = prepare(source=source)
        prepare(source=source)
        prepare(source=source)
        return {"a": held.outputs.files}

    return chain(source=data())


def case_anonymous_steps_beside_several_named_siblings(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        prepare(source=source)
        one = prepare(source=source)
        prepare(source=source)
        two = prepare(source=source)
        prepare(source=source)
        return {"a": one.outputs.files, "b": two.outputs.files}

    return chain(source=data())


def case_several_named_siblings_created_in_the_other_order(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        alpha = beta = None
        beta = prepare(source=source)
        alpha = prepare(source=source)
        prepare(source=source)
        return {"a": alpha.outputs.files, "b": beta.outputs.files}

    return chain(source=data())


def case_a_sibling_with_a_name_that_was_set(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        prepare(source=source).name = "given"
        prepare(source=source)
        one = prepare(source=source)
        return {"a": one.outputs.files}

    return chain(source=data())


def case_the_counted_name_is_already_taken_by_a_variable(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        prepare(source=source)
        prepare(source=source)
        prepare_1 = prepare(source=source)
        return {"a": prepare_1.outputs.files}

    return chain(source=data())


def case_several_variables_on_one_step(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        first = copy(source=source)
        again = first
        return {"a": again.outputs.files}

    return chain(source=data())


def case_an_underscore_is_no_name(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        _ = prepare(source=source)
        return {"a": _.outputs.files}

    return chain(source=data())


def case_a_name_with_capitals_is_lowered(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        step = copy(source=source)
        step.name = "MixedCase"
        return {"a": step.outputs.files}

    return chain(source=data())


def case_a_variable_with_capitals_is_refused(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        Step = copy(source=source)
        return {"a": Step.outputs.files}

    return chain(source=data())


def case_a_name_that_is_no_identifier(folder: Path) -> Any:
    copy, score = command_function(), parallel_function(folder, name="a-b")

    @pipeline
    def held(source):
        step = copy(source=source)
        step.name = "a-b"
        return {"a": step.outputs.files}

    @pipeline
    def loose(source):
        score(data=source)

    return {"held": attempt(lambda: held(source=data())), "loose": loose(source=data())}


def case_a_name_with_a_leading_digit(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        step = copy(source=source)
        step.name = "1st"
        return {"a": step.outputs.files}

    return chain(source=data())


def case_steps_stand_in_the_order_of_their_creation(folder: Path) -> Any:
    copy = command_function()

    @pipeline
    def chain(source):
        zebra = copy(source=source)
        middle = copy(source=zebra.outputs.files)
        alpha = copy(source=source)
        return {"z": middle.outputs.files, "a": alpha.outputs.files}

    return list(chain(source=data()).jobs)


def case_steps_made_in_a_helper_take_their_components_name(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    def helper(source):
        inner = prepare(source=source)
        return inner

    @pipeline
    def chain(source):
        helper(source)
        kept = helper(source)
        return {"a": kept.outputs.files}

    return chain(source=data())


def case_a_step_that_was_deleted_from_the_variables(folder: Path) -> Any:
    prepare = load_component(write(folder, "prepare.yml", COMMAND))

    @pipeline
    def chain(source):
        first = prepare(source=source)
        port = first.outputs.files
        del first
        return {"a": port}

    return chain(source=data())


def case_the_step_name_is_not_known_while_the_function_runs(folder: Path) -> Any:
    copy, seen = command_function(), {}

    @pipeline
    def chain(source):
        first = copy(source=source)
        seen["inside"] = first.name
        return {"a": first.outputs.files}

    job = chain(source=data())
    return {**seen, "after": job.jobs["first"].name}


def case_anonymous_steps_of_another_function_beside_a_held_one(folder: Path) -> Any:
    copy, other = command_function(), command_function(command="echo other")

    @pipeline
    def chain(source):
        held = copy(source=source)
        other(source=source)
        return {"a": held.outputs.files}

    return chain(source=data())


def case_loose_steps_with_names_of_their_own(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline
    def chain(source):
        held = score(data=source)
        held.name = "b"
        score(data=source).name = "own"
        score(data=source).name = "own"
        score(data=source).name = "b"
        score(data=source)
        return {"a": held.outputs.result}

    return chain(source=data())


def case_what_is_left_of_odd_names(folder: Path) -> Any:
    names = ["9x", "-a", "b-", "C.D", "a b c", "e__f", "Score", "_g"]
    functions = [parallel_function(folder, name=name) for name in names]

    @pipeline
    def chain(source):
        for function in functions:
            function(data=source)

    return list(chain(source=data()).jobs)


def case_siblings_of_odd_names(folder: Path) -> Any:
    one, two = command_function(name="one"), command_function(name="two")

    @pipeline
    def chain(source):
        first_ = one(source=source)
        _second__held = two(source=source)
        one(source=source)
        two(source=source)
        return {"a": first_.outputs.files, "b": _second__held.outputs.files}

    return list(chain(source=data()).jobs)


def case_a_name_taken_back(folder: Path) -> Any:
    score = parallel_function(folder, name="scoring")

    @pipeline
    def chain(source):
        held = score(data=source)
        held.name = None
        score(data=source).name = None
        return {"a": held.outputs.result}

    return list(chain(source=data()).jobs)
