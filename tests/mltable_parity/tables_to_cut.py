"""Tables that are cut into mini-batches of some bytes: those of the examples and generated ones."""

from __future__ import annotations

import runpy
import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.mltable_parity.building import Step, Table, delimited, lines, table

SIZES = (61, 300, 4096)  # a partition costs the reference some 20 ms
WIDE = "wide"  # rows of about 1150 bytes, cut at 10 kb
KEYS = ("Store", "Brand")
KINDS = ("plain", "missing", "wide", "quoted", "dates")


def write_examples(folder: Path, root: Path) -> None:
    """Write the examples' tables below ``folder``: ``iris``, ``list``, ``sales`` and ``keys``."""
    examples = root / "examples"
    shutil.copytree(examples / "iris" / "neural-iris-mltable", folder / "iris")
    prepare = runpy.run_path(str(examples / "pipeline" / "src" / "prepare_data.py"))
    prepare["write_files"](examples / "pipeline" / "dataset" / "oj_sales.csv", folder / "list")
    prepare["write_table"](examples / "pipeline" / "dataset" / "oj_sales.csv", folder / "sales")
    split = runpy.run_path(str(examples / "many_models" / "script" / "partition_data.py"))
    sales = examples / "many_models" / "oj_sales_data"
    split["main"](Namespace(sales=str(sales), partitions=str(folder / "keys")))


def tables_to_cut() -> Iterator[Table]:
    """Generated tables, each the same on every machine."""
    wide = [f"{number + 5},{chr(97 + number % 26) * 1146}" for number in range(73)]
    yield delimited(WIDE, lines("n,t", *wide))
    for kind in KINDS:
        yield delimited(f"cut-{kind}", lines("n,v,t", *_rows(kind)))
    rows = _rows("missing")
    text = lines("n,v,t", *rows)
    yield delimited("cut-crlf", text.replace("\n", "\r\n"))
    yield delimited("cut-no_final_newline", text.removesuffix("\n"))
    yield delimited("cut-blank_lines", text.replace("\n", "\n\n"))
    yield delimited("cut-leading_blank_lines", "\n\n" + text)
    yield delimited("cut-bom", b"\xef\xbb\xbf" + text.encode())
    yield delimited("cut-latin1", text.replace("e", "é").encode("latin-1"), encoding="latin1")
    windows = text.replace("e", "é").encode("cp1252")
    yield delimited("cut-windows1252", windows, encoding="windows1252")
    yield delimited("cut-ascii", text, encoding="ascii")
    yield delimited("cut-utf16", text.encode("utf-16-le"), encoding="utf16")
    broken = text.replace(",tall", ',"ta\nll"')
    yield delimited("cut-multi_line", broken, support_multi_line=True)
    yield delimited("cut-no_header", lines(*rows), header="no_header")
    yield delimited("cut-long_header", lines(f"n,v,{'t' * 90}", *rows))
    yield delimited("cut-tab", text.replace(",", "\t"), delimiter="\t")
    yield delimited("cut-all_text", text, infer_column_types=False)
    yield delimited("cut-path_column", text, include_path_column=True)
    yield delimited("cut-kept", text, {"keep_columns": ["t", "n"]})
    yield delimited("cut-filter", text, {"filter": "n > 30"})
    to_text: Step = {"convert_column_types": [{"columns": "n", "column_type": "string"}]}
    yield delimited("cut-convert", text, to_text)
    files = {"a.csv": text, "b.csv": "n,v,t\n", "c/d.csv": lines("n,v,t", *_rows("plain"))}
    for mode in ("from_first_file", "all_files_same_headers", "all_files_different_headers"):
        yield delimited(f"cut-files_{mode}", files, header=mode)
    objects = lines(*(f'{{"n": {number}, "t": "{"x" * (number % 9)}"}}' for number in range(40)))
    yield table("cut-json_lines", {"a.jsonl": objects}, "read_json_lines")


def _rows(kind: str) -> list[str]:
    """Some rows of a number, a value and a text."""
    random = Random(kind)
    rows = []
    for number in range(260 if kind == "late" else 60):
        value = f"{random.uniform(0, 99):.{random.randint(1, 4)}f}"
        text = random.choice(("tall", "small", "x", "light green"))
        if kind == "missing" and random.random() < 0.3:
            value = ""
        if kind == "wide":
            text *= random.randint(1, 12)
        if kind == "quoted":
            text = f'"{text}, ""{number}"""'
        if kind == "dates":
            value = f"2020-01-{random.randint(1, 28):02}"
        if kind == "late" and number > 250:
            value = "soon"
        rows.append(f"{number + 5},{value},{text}")
    return rows
