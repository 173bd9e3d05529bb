"""Of several items the one that run() was at is told where that is sure, and none elsewhere."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from parallelsdk.worker.blame import item_of

ITEMS = [f"/data/book_{number}.txt" for number in range(5)]
AT = 3

SURE = {
    "the variable of a loop": """
        def run(paths):
            for path in paths:
                if "_3" in path:
                    raise ValueError("no text")
        """,
    "one of several variables of a loop": """
        def run(paths):
            first = paths[0]
            for number, path in enumerate(paths):
                1 / (number - 3)
        """,
    "what a loop without an end has taken": """
        def run(paths):
            while paths:
                path = paths.pop()
                if "_3" in path:
                    raise ValueError
        """,
    "an argument": """
        def read(path):
            if "_3" in path:
                raise ValueError
        def run(paths):
            return list(map(read, paths))
        """,
    "a path object in a thread": """
        from concurrent.futures import ThreadPoolExecutor
        from pathlib import Path
        def read(path):
            if "_3" in path.name:
                raise ValueError
        def run(paths):
            with ThreadPoolExecutor(2) as pool:
                return list(pool.map(read, map(Path, paths)))
        """,
    "the variable of a generator": """
        def run(paths):
            return list(int("_3" not in path or "x") for path in paths)
        """,
    "the file of an OSError": """
        def run(paths):
            return [open(path).read() for path in paths[3:]]
        """,
    "the cause of another error": """
        def run(paths):
            try:
                [open(path).read() for path in paths[3:]]
            except OSError as error:
                raise RuntimeError("all is lost") from error
        """,
    "the path in a message": """
        def fail(text):
            raise ValueError(text)
        def run(paths):
            return [fail(f"cannot identify {path!r}") for path in paths[3:]]
        """,
    "the name of the file in a message": """
        import os
        def fail(text):
            raise ValueError(text)
        def run(paths):
            return [fail(f"bad: {os.path.basename(path)}.") for path in paths[3:]]
        """,
}
UNSURE = {
    "a loop that is over": """
        def run(paths):
            for path in paths:
                pass
            raise ValueError("the sum is wrong")
        """,
    "an item that was picked out": """
        def run(paths):
            first = paths[0]
            raise ValueError("no header")
        """,
    "a message that names two": """
        def run(paths):
            raise ValueError(f"{paths[1]} and {paths[2]} differ")
        """,
    "a part of a name in a message": """
        def run(paths):
            raise ValueError("old_book_1.txt")
        """,
    "a loop within which nothing is known": """
        def run(paths):
            for word in "ab":
                raise ValueError(word)
        """,
    "an error that cannot be shown": """
        class Odd(OSError):
            filename = property(lambda self: 1 / 0)
            def __str__(self):
                raise ValueError
        def run(paths):
            raise Odd
        """,
}


def failure(script: str, folder: Path) -> BaseException:
    file = folder / "script.py"
    file.write_text(dedent(script))
    linecache.checkcache(str(file))
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    with pytest.raises(Exception) as caught:
        names["run"](list(ITEMS))
    return caught.value


@pytest.mark.parametrize("script", SURE.values(), ids=SURE.keys())
def test_the_item_is_told(script: str, tmp_path: Path) -> None:
    assert item_of(failure(script, tmp_path), ITEMS) == AT


@pytest.mark.parametrize("script", UNSURE.values(), ids=UNSURE.keys())
def test_nobody_is_blamed_without_evidence(script: str, tmp_path: Path) -> None:
    assert item_of(failure(script, tmp_path), ITEMS) == -1


def test_a_comprehension_tells_where_it_was_as_long_as_it_has_a_frame(tmp_path: Path) -> None:
    script = "def run(paths):\n    return [int('_3' not in path or 'x') for path in paths]\n"
    expected = AT if sys.version_info < (3, 12) else -1
    assert item_of(failure(script, tmp_path), ITEMS) == expected
