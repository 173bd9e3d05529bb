"""An MLTable's files gathered in one folder, as the modes eval_* deliver them."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parallelsdk.data.evaluation import evaluate
from parallelsdk.exceptions import DataException
from parallelsdk.jobstore.layout import Workspace

MANY = 300


@pytest.fixture
def few_handles() -> Iterator[None]:
    """A process that may open a hundred files more than it has."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(map(int, os.listdir("/dev/fd")))  # the lowest free one may lie in a gap
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 100, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("copies", [False, True])
def test_any_number_of_files_is_gathered_as_links_or_as_copies(
    copies: bool,
    few_handles: None,
    make_table: Callable[..., str],
    workspace: Path,
    tmp_path: Path,
) -> None:
    table = make_table(
        "paths: [{pattern: './**/*.txt'}]\n", {f"{n % 3}/{n}.txt": str(n) for n in range(MANY)}
    )
    folder = evaluate(table, str(tmp_path / "in"), workspace=Workspace(workspace), copies=copies)
    found = [path for path in Path(folder).rglob("*") if path.is_file()]
    assert sorted(int(path.read_text()) for path in found) == list(range(MANY))
    assert {path.is_symlink() for path in found} == {not copies}
    assert all(path.parent.name == str(int(path.stem) % 3) for path in found)
    assert os.listdir(tmp_path / "in" / "..").count("in.locks") == 0


def test_a_file_that_is_missing_is_named(
    make_table: Callable[..., str], workspace: Path, tmp_path: Path
) -> None:
    table = make_table("paths: [{file: ./a.txt}, {file: ./gone.txt}]\n", {"a.txt": "a"})
    with pytest.raises(DataException, match=r"gone\.txt"):
        evaluate(table, str(tmp_path / "in"), workspace=Workspace(workspace), copies=True)
