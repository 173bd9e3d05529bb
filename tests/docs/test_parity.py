"""The parity table tells the truth, as far as a machine can see it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from parallelsdk import constants
from parallelsdk.azure import playing
from parallelsdk.parallel import RunFunction, parallel_run_function
from tests.docs.proofs import PROOFS
from tests.parity.test_parity import DELIBERATE

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
STATES = {"same", "different", "accepted", "not yet"}
IGNORED_KEYWORDS = {"ignored", "kwargs"}


def rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of each row of the table below that heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def headings(page: str) -> list[str]:
    """The second-level headings of a page."""
    return re.findall(r"^## (.+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)


def names(heading: str) -> list[tuple[str, str]]:
    """Each name in the first column, with its state."""
    return [
        (name, row[1])
        for row in rows("azure-parity.md", heading)
        for name in re.findall(r"`([^`]+)`", row[0])
    ]


def is_there(test: str) -> bool:
    """Whether the file before ``::`` has a function of the name behind it, or a method."""
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


@pytest.mark.parametrize("heading", headings("azure-parity.md"))
def test_every_row_has_one_of_the_four_states(heading: str) -> None:
    table = list(rows("azure-parity.md", heading))

    assert table
    assert not [row for row in table if not STATES & set(row)]


@pytest.mark.parametrize(("name", "state"), names("Names by module"))
def test_a_name_can_be_imported_unless_the_table_says_not_yet(name: str, state: str) -> None:
    *folder, attribute = name.split(".")
    module = importlib.import_module(".".join(["parallelsdk", *folder]))

    assert hasattr(module, attribute) is (state != "not yet")


def test_azures_own_import_names_have_the_same_names() -> None:
    with playing(quiet=True):
        for name, state in names("Names by module"):
            *folder, attribute = name.split(".")
            module = importlib.import_module(".".join(["azure.ai.ml", *folder]))
            assert hasattr(module, attribute) is (state != "not yet"), name


@pytest.mark.parametrize(
    ("heading", "function"),
    [
        ("`parallel_run_function`", parallel_run_function),
        ("`RunFunction` and the task", RunFunction),
    ],
    ids=["parallel_run_function", "RunFunction"],
)
def test_every_argument_has_a_row(heading: str, function: object) -> None:
    documented = {name for name, _ in names(heading)}

    assert documented >= set(inspect.signature(function).parameters) - IGNORED_KEYWORDS


def test_the_defaults_of_the_settings_are_the_constants() -> None:
    defaults = {
        name: row[2]
        for row in rows("azure-parity.md", "Settings of the guide's table")
        for name in re.findall(r"`([^`]+)`", row[1])
    }

    assert defaults["mini_batch_error_threshold"] == str(constants.MINI_BATCH_ERROR_THRESHOLD)
    assert defaults["retry_settings.max_retries"] == str(constants.MAX_RETRIES)
    assert defaults["retry_settings.timeout"] == f"{constants.RUN_TIMEOUT} s"
    assert defaults["--error_threshold"] == str(constants.ERROR_THRESHOLD)
    assert defaults["--allowed_failed_percent"] == str(constants.ALLOWED_FAILED_PERCENT)
    assert defaults["--task_overhead_timeout"] == f"{constants.TASK_OVERHEAD_TIMEOUT} s"
    first = f"{constants.FIRST_TASK_CREATION_TIMEOUT} s"
    assert defaults["--first_task_creation_timeout"] == first
    assert defaults["--resource_monitor_interval"] == f"{constants.RESOURCE_MONITOR_INTERVAL} s"
    assert defaults["--copy_logs_to_parent"] == str(constants.COPY_LOGS_TO_PARENT)
    assert defaults["logging_level"] == constants.LOGGING_LEVEL


def test_the_cases_that_differ_on_purpose_are_those_of_the_suite() -> None:
    assert {name for name, _ in names("Cases that differ on purpose")} == set(DELIBERATE)


def test_every_row_that_says_same_is_checked_by_a_test() -> None:
    same = {
        (heading, row[0])
        for heading in headings("azure-parity.md")
        for row in rows("azure-parity.md", heading)
        if "same" in row
    }
    proofs = {(heading, row): test for heading in PROOFS for row, test in PROOFS[heading].items()}

    assert set(proofs) == same
    tests = [t for found in proofs.values() for t in ([found] if isinstance(found, str) else found)]
    assert [test for test in tests if not is_there(test)] == []
