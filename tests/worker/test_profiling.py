"""Each worker leaves a profile of its user code that pstats reads."""

from __future__ import annotations

import pstats
from pathlib import Path
from typing import NoReturn

import pytest

from parallelsdk.worker.profiling import open_profile


def busy(count: int) -> int:
    return sum(range(count))


def refuse() -> NoReturn:
    raise ValueError("no")


def calls(path: Path) -> dict[str, int]:
    stats = pstats.Stats(str(path))
    return {name: found[1] for (_, _, name), found in stats.stats.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["cProfile", "profile"])
def test_calls_are_counted_across_writes_and_exceptions(module: str, tmp_path: Path) -> None:
    profile = open_profile(module, tmp_path / "process003.txt")
    assert [profile.call(busy, n) for n in (2, 3)] == [1, 3]
    profile.write()
    assert profile.call(busy, 4) == 6
    with pytest.raises(ValueError, match="no"):
        profile.call(refuse)
    profile.write()
    found = calls(tmp_path / "process003.profile")
    assert (found["busy"], found["refuse"]) == (3, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["process003.profile"]


def test_without_a_module_nothing_is_measured_or_written(tmp_path: Path) -> None:
    profile = open_profile(None, tmp_path / "process000.txt")
    assert profile.call(busy, 3) == 3
    profile.write()
    assert list(tmp_path.iterdir()) == []


def test_a_profile_of_nothing_is_not_written(tmp_path: Path) -> None:
    profile = open_profile("cProfile", tmp_path / "process000.txt")
    profile.write()
    assert list(tmp_path.iterdir()) == []
