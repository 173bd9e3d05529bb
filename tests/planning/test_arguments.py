"""program_arguments and command lines as words, references and knobs."""

from __future__ import annotations

import pytest

from parallelsdk.planning.arguments import Ports, read_arguments, read_command
from parallelsdk.planning.plan import Reference, Word
from parallelsdk.rules.settings import ARGUMENTS

PORTS = Ports(
    literals={"limit": "7", "flag": "True"},
    data=frozenset({"model", "group.data"}),
    missing=frozenset({"extra"}),
    outputs=frozenset({"scores"}),
)
MISSION = """--model ${{inputs.model}}
--error_threshold 5
--allowed_failed_percent 30
--task_overhead_timeout 1200
--progress_update_timeout 600
--first_task_creation_timeout 600
--copy_logs_to_parent True
--resource_monitor_interva 20 """


def word(*parts: str | Reference) -> Word:
    return Word(parts)


def test_the_missions_arguments_give_every_knob_and_one_warning() -> None:
    read = read_arguments(MISSION, PORTS)
    assert read.problems == ()
    assert read.knobs == {
        "error_threshold": 5,
        "allowed_failed_percent": 30,
        "task_overhead_timeout": 1200,
        "progress_update_timeout": 600,
        "first_task_creation_timeout": 600,
        "copy_logs_to_parent": True,
        "resource_monitor_interval": 20,
    }
    assert read.warnings == (
        "--resource_monitor_interva is taken as --resource_monitor_interval; spell it out",
    )


def test_knobs_stay_among_the_words_as_they_were_written() -> None:
    words = read_arguments(MISSION, PORTS).words
    assert words[:4] == (
        word("--model"),
        word(Reference("inputs", "model")),
        word("--error_threshold"),
        word("5"),
    )
    assert words[-2:] == (word("--resource_monitor_interva"), word("20"))


def test_quotes_are_taken_off_and_a_placeholder_stays_in_its_word() -> None:
    read = read_arguments("""--a 'x y' "pre-${{ inputs.model }}/sub" ''""", PORTS)
    assert read.words == (
        word("--a"),
        word("x y"),
        word("pre-", Reference("inputs", "model"), "/sub"),
        word(""),
    )


@pytest.mark.parametrize("text", ["--error_threshold=9", "--error_threshold 9"])
def test_a_knob_may_be_written_with_an_equals_sign(text: str) -> None:
    assert read_arguments(text, PORTS).knobs == {"error_threshold": 9}


def test_a_knob_takes_the_value_of_a_literal_input() -> None:
    read = read_arguments(
        "--error_threshold ${{inputs.limit}} --copy_logs_to_parent=${{inputs.flag}}", PORTS
    )
    assert read.knobs == {"error_threshold": 7, "copy_logs_to_parent": True}
    assert read.words[1] == word(Reference("inputs", "limit"))


def test_minus_one_is_a_value_and_not_a_flag() -> None:
    assert read_arguments("--error_threshold -1", PORTS).knobs == {"error_threshold": -1}


@pytest.mark.parametrize(
    "text",
    [
        "--error_threshold -2",
        "--error_threshold five",
        "--error_threshold 1_0",
        "--error_threshold",
        "--error_threshold --model m",
        "--error_threshold ${{inputs.model}}",
        "--allowed_failed_percent 101",
        "--allowed_failed_percent -1",
        "--task_overhead_timeout 0",
        "--progress_update_timeout 259201",
        "--first_task_creation_timeout 1.5",
        "--resource_monitor_interval -1",
        "--copy_logs_to_parent maybe",
        "--append_row_file_name ../x",
        "--profiling_module os",
        "--profiling_module",
        "--short_return items",
    ],
)
def test_a_knob_out_of_its_range_is_a_problem_that_says_the_range(text: str) -> None:
    read = read_arguments(text, PORTS)
    name = text.split()[0].removeprefix("--")
    assert len(read.problems) == 1
    assert f"--{name}" in read.problems[0]
    assert ARGUMENTS[name].allowed in read.problems[0]


@pytest.mark.parametrize("flag", ["--error", "--append_row_", "--resource", "--mode", "--task"])
def test_a_flag_that_only_shares_a_first_word_with_a_knob_is_the_users_own(flag: str) -> None:
    read = read_arguments(f"{flag} 5", PORTS)
    assert (read.knobs, read.warnings, read.problems) == ({}, (), ())


def test_a_misspelt_knob_is_left_to_the_script_with_a_warning() -> None:
    read = read_arguments("--eror_threshold 5", PORTS)
    assert read.knobs == {}
    assert "Did you mean --error_threshold?" in read.warnings[0]


def test_of_a_knob_given_twice_the_last_value_counts() -> None:
    read = read_arguments("--error_threshold 1 --error_threshold 2", PORTS)
    assert read.knobs == {"error_threshold": 2}
    assert "more than once" in read.warnings[0]


def test_an_optional_block_without_a_value_vanishes_and_one_with_a_value_is_opened() -> None:
    read = read_arguments("a $[[--extra ${{inputs.extra}}]] $[[--l ${{inputs.limit}}]] b", PORTS)
    assert read.words == (word("a"), word("--l"), word(Reference("inputs", "limit")), word("b"))


def test_an_input_without_a_value_outside_a_block_is_a_problem() -> None:
    (problem,) = read_arguments("--extra ${{inputs.extra}}", PORTS).problems
    assert "$[[" in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("${{inputs.modle}}", "did you mean 'model'?"),
        ("${{outputs.score}}", "did you mean 'scores'?"),
        ("${{parent.inputs.model}}", "means nothing here"),
        ("$[[ ${{inputs.nope}} ]]", "names no input"),
        ("'unclosed", "quote"),
    ],
)
def test_a_text_that_cannot_be_read_says_why(text: str, says: str) -> None:
    (problem,) = read_arguments(text, PORTS).problems
    assert says in problem


def test_the_path_of_an_input_is_the_input() -> None:
    assert read_arguments("${{inputs.model.path}}", PORTS).words == (
        word(Reference("inputs", "model")),
    )


def test_an_input_of_a_group_is_named_with_its_dot() -> None:
    assert read_arguments("${{inputs.group.data}}", PORTS).words == (
        word(Reference("inputs", "group.data")),
    )


def test_a_command_stays_one_word_with_quotes_and_newlines_as_written() -> None:
    command, problems = read_command(
        """echo "${{inputs.model}}" > ${{outputs.scores}}\n$[[x ${{inputs.extra}}]]""", PORTS
    )
    assert problems == ()
    assert command == word(
        'echo "', Reference("inputs", "model"), '" > ', Reference("outputs", "scores"), "\n"
    )


def test_a_size_may_be_written_with_its_unit() -> None:
    assert read_arguments("--mini_batch_bytes 10mb", PORTS).knobs == {"mini_batch_bytes": 10 << 20}
    for text in ("0", "much", "-5"):
        assert read_arguments(f"--mini_batch_bytes={text}", PORTS).problems
