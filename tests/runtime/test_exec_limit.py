"""The check of what fits into a new process, held against the kernel that says it."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from parallelsdk.backends._exec_limit import TooLargeToStart, check_exec

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has the limits told here")

ONE = 32 * resource.getpagesize()  # bytes of one string, its end included


def _starts(environment: dict[str, str], *words: str) -> bool:
    try:
        subprocess.run(["/bin/true", *words], env=environment, check=True)
    except OSError:
        return False
    return True


def _passes(environment: dict[str, str], *words: str) -> bool:
    try:
        check_exec(["/bin/true", *words], environment)
    except TooLargeToStart:
        return False
    return True


@pytest.mark.parametrize("size", [ONE - 4, ONE - 3, ONE - 2, ONE])
def test_the_limit_of_one_variable_is_the_kernels(size: int) -> None:
    environment = {"V": "x" * size}
    assert _passes(environment) == _starts(environment) == (size <= ONE - 3)


@pytest.mark.parametrize("size", [ONE - 1, ONE])
def test_the_limit_of_one_argument_is_the_kernels(size: int) -> None:
    assert _passes({}, "x" * size) == _starts({}, "x" * size) == (size < ONE)


def test_the_limit_of_all_together_is_never_larger_than_the_kernels_and_hardly_smaller() -> None:
    def fits(check: object, count: int) -> bool:
        environment = {f"V{number:05}": "x" * 1000 for number in range(count)}
        return bool(check(environment))  # type: ignore[operator]

    def largest(check: object) -> int:
        low, high = 1, 8000
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(check, middle) else (low, middle)
        return low

    real, ours = largest(_starts), largest(_passes)
    assert real - 8 <= ours <= real
