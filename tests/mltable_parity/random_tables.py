"""Tables that mix features at random; a table's name is its seed, so each is always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.mltable_parity.building import Content, Step, Table, lines, table

COUNT = 1145


def _date(random: Random) -> str:
    return f"20{random.randint(10, 29)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


WORDS = ("red", "blue", "light green", "naïve", "x,y", 'say "hi"', "N/A", "", "tall ", " wide")
CELLS: dict[str, Callable[[Random], str]] = {
    "int": lambda random: str(random.randint(-50, 900)),
    "small": lambda random: str(random.randint(0, 3)),
    "bit": lambda random: str(random.randint(0, 1)),
    "float": lambda random: repr(round(random.uniform(-9, 99), random.randint(1, 6))),
    "bool": lambda random: random.choice(("true", "false", "True", "FALSE")),
    "date": _date,
    "moment": lambda random: (
        f"{_date(random)} {random.randint(0, 23):02}:05:0{random.randint(0, 9)}"
    ),
    "word": lambda random: random.choice(WORDS),
    "number": lambda random: random.choice(("5", "1.25", "-7", "2e3")),
}
NAMES = ("id", "price", "colour", "flag", "when", "big name", "größe")


def random_tables() -> Iterator[Table]:
    """All of them."""
    for number in range(COUNT):
        yield _random_table(f"random-{number:04}")


def _random_table(name: str) -> Table:
    random = Random(name)
    columns = {
        column: random.choice(sorted(CELLS))
        for column in random.sample(NAMES, random.randint(2, 5))
    }
    options = _options(random)
    delimiter = options.get("delimiter", ",")
    files: dict[str, Content] = {}
    for number in range(random.choice((1, 1, 2, 3))):
        rows = [_row(columns.values(), delimiter, random) for _ in range(_row_count(random))]
        header = delimiter.join(columns)
        text = lines(header, *rows)
        if random.random() < 0.2:
            text = text.replace("\n", "\r\n")
        elif random.random() < 0.2:
            text = text.removesuffix("\n")
        files[f"{random.choice('abc')}{number}/f{number}.csv"] = text.encode(
            {"latin1": "latin-1", "utf16": "utf-16-le"}.get(options.get("encoding", ""), "utf-8")
        )
    steps = _steps(columns, options, random)
    return table(name, files, *steps, paths=_paths(files, random))


def _row_count(random: Random) -> int:
    return random.choice((1, 3, 8, 20, 20, 60, 230))


def _row(kinds: Any, delimiter: str, random: Random) -> str:
    cells = []
    for kind in kinds:
        cell = "" if random.random() < 0.06 else CELLS[kind](random)
        if delimiter in cell or '"' in cell or (cell and random.random() < 0.05):
            cell = '"' + cell.replace('"', '""') + '"'
        cells.append(cell)
    return delimiter.join(cells) if any(cells) else delimiter.join(["0", *cells[1:]])


def _options(random: Random) -> dict[str, Any]:
    choices: dict[str, tuple[Any, ...]] = {
        "delimiter": (";", "\t", "|"),
        "encoding": ("utf8", "latin1", "utf16", "ascii"),
        "header": (
            "no_header", "from_first_file", "all_files_same_headers", "all_files_different_headers",
        ),
        "empty_as_string": (True, False),
        "include_path_column": (True,),
        "support_multi_line": (True, False),
        "infer_column_types": (False, {"sample_size": 50}, {"sample_size": 100}),
    }  # fmt: skip
    return {
        option: random.choice(values)
        for option, values in choices.items()
        if random.random() < 0.25
    }


def _paths(files: dict[str, Content], random: Random) -> list[dict[str, str]]:
    names = list(files)
    kind = random.randrange(4)
    if kind == 0:
        return [{"pattern": "./*/*.csv"}]
    if kind == 1:
        return [{"pattern": "**/*.csv"}]
    if kind == 2:
        random.shuffle(names)
    return [{"file": f"./{name}"} for name in names]


def _steps(columns: dict[str, str], options: dict[str, Any], random: Random) -> list[Step]:
    reader: Step = {"read_delimited": options} if options else "read_delimited"
    after: list[Step] = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        step = _after(columns, _has_types(options), random)
        done = {name for made in after for name in made}
        # Each of these has a table of its own: filters on what misfits, columns that are not there.
        if "filter" in step and "convert_column_types" in done:
            continue
        if step.keys() & {"keep_columns", "drop_columns"} and (
            done & {"keep_columns", "drop_columns"} or options.get("header") == "no_header"
        ):
            continue
        after.append(step)
    keys: Step = {
        "extract_columns_from_partition_format": {"partition_format": "/{part}/{stem}.csv"}
    }
    before: list[Step] = []
    place = random.random()
    if place < 0.15:
        before.append(keys)
    elif place < 0.3 and options.get("include_path_column"):
        after.insert(0, keys)
    if random.random() < 0.1:
        before.append({random.choice(("take", "skip")): 1})
    return [*before, reader, *after]


def _has_types(options: dict[str, Any]) -> bool:
    """Whether columns are certain to have types; numbers and texts have no order that is sane."""
    texts = options.get("empty_as_string") or options.get("infer_column_types") is False
    return not texts and options.get("header") not in ("no_header", "from_first_file")


def _after(columns: dict[str, str], typed: bool, random: Random) -> Step:
    column = random.choice(list(columns))
    kind = random.choice(("take", "skip", "keep", "drop", "convert", "filter", "filter"))
    if kind in ("take", "skip"):
        return {kind: random.randint(0, 12)}
    if kind == "keep":
        return {"keep_columns": random.sample(list(columns), random.randint(1, len(columns)))}
    if kind == "drop":
        return {"drop_columns": column}
    if kind == "convert":
        to = random.choice(("string", "string", "float", "int", "boolean"))
        return {"convert_column_types": [{"columns": column, "column_type": to}]}
    return {"filter": _expression(columns, typed, random)}


def _expression(columns: dict[str, str], typed: bool, random: Random) -> str:
    parts = []
    for _ in range(random.choice((1, 1, 2))):
        column = random.choice(list(columns))
        compared = {
            "int": str(random.randint(0, 400)), "small": "2", "bit": "True", "float": "20.5",
            "bool": "True", "date": "datetime(2020, 1, 1)",
            "moment": "datetime(2019, 6, 1, 12, 0, 0)", "word": '"red"', "number": "5",
        }[columns[column]]  # fmt: skip
        equal = not typed or columns[column] in ("bit", "small", "bool", "word")
        operator = random.choice(("==", "!=") if equal else (">", "<=", "!="))
        parts.append(f'col("{column}") {operator} {compared}')
    return random.choice((" and ", " or ")).join(parts)
