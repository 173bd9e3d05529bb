"""Which files belong to a table and in which order, with a reader and without."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mltable_parity.building import Content, Step, Table, delimited, spoken, table

TREE = (
    "a.csv", "b.csv", "z2.csv", "z10.csv", "B.csv", "note.txt", "a/x.csv", "a/y.txt", "a-b/x.csv",
    "a/deep/x.csv", "a/deep/er/z.csv", ".dot.csv", ".hidden/x.csv", "_SUCCESS", "with blank.csv",
    "ünï.csv", "100%.csv", "num#1.csv", "a/_part.csv",
)  # fmt: skip
PATTERNS = (
    "*.csv", "*", "?.csv", "[ab].csv", "[!a].csv", "z*.csv", "*/x.csv", "*/*.csv", "a/*",
    "a*/x.csv",
    "**/*.csv", "**/x.csv", "a/**/*.csv", "**/*", "*.txt", "./*.csv", "[a-b].csv", "a/deep",
    "a.csv",
    ".*", "*.CSV", "none*.csv", "{a,b}.csv", "a*", "**/deep/*.csv", "**.csv", "a/*/*.csv",
    "*2.csv", "a/**",
)  # fmt: skip
LISTS: dict[str, list[dict[str, str]]] = {
    "document_order": [{"file": "./z2.csv"}, {"file": "./a.csv"}, {"file": "./a/x.csv"}],
    "duplicates": [{"file": "./a.csv"}, {"file": "./b.csv"}, {"file": "./a.csv"}],
    "no_dot": [{"file": "a.csv"}, {"file": "a/x.csv"}],
    "dots": [{"file": "./a/../b.csv"}, {"file": "./a/./x.csv"}],
    "blank": [{"file": "./with blank.csv"}],
    "unicode": [{"file": "./ünï.csv"}],
    "percent": [{"file": "./100%.csv"}],
    "hash": [{"file": "./num#1.csv"}],
    "dot_file": [{"file": "./.dot.csv"}],
    "file_and_pattern": [{"file": "./z2.csv"}, {"pattern": "./a/*.csv"}, {"file": "./a.csv"}],
    "overlapping_patterns": [{"pattern": "./?.csv"}, {"pattern": "./a.*"}],
    "missing_file": [{"file": "./gone.csv"}],
    "one_missing_file": [{"file": "./a.csv"}, {"file": "./gone.csv"}],
    "glob_in_file": [{"file": "./*.csv"}],
    "no_paths": [],
    "missing_folder": [{"folder": "./gone"}],
    "folder_named_by_file": [{"file": "./a"}],
    "file_named_by_folder": [{"folder": "./a.csv"}],
}
FOLDERS: dict[str, list[dict[str, str]]] = {
    "plain": [{"folder": "./a"}],
    "no_dot": [{"folder": "a"}],
    "slash": [{"folder": "./a/"}],
    "nested": [{"folder": "./a/deep"}],
    "hidden": [{"folder": "./.hidden"}],
    "two": [{"folder": "./a/deep"}, {"folder": "./a-b"}],
    "and_file": [{"file": "./a.csv"}, {"folder": "./a-b"}],
    "twice": [{"folder": "./a-b"}, {"folder": "./a-b"}],
    "root": [{"folder": "./"}],
}


def path_tables() -> Iterator[Table]:
    """File lists, and tables of several files."""
    tree: dict[str, Content] = {name: f"name\n{name}\n" for name in TREE}
    for number, pattern in enumerate(PATTERNS):
        paths = [{"pattern": pattern}]
        whole = pattern in ("a/deep", "*", "a*", ".*", "a/*")  # they may name folders
        yield table(f"pattern-{number:02}-{spoken(pattern)}", tree, paths=paths, unordered=whole)
    for what, paths in LISTS.items():
        yield table(f"list-{what}", tree, paths=paths)
        yield delimited(f"read-{what}", tree, paths=paths)
    for what, paths in FOLDERS.items():
        yield table(f"list_folder-{what}", tree, paths=paths, unordered=True)
        if what != "root":
            yield delimited(f"read_folder-{what}", tree, paths=paths, unordered=True)
    for number in (6, 7, 10, 12):
        yield delimited(f"read_pattern-{number:02}", tree, paths=[{"pattern": PATTERNS[number]}])
    yield from _list_steps(tree)
    yield from _elsewhere()


def _list_steps(tree: dict[str, Content]) -> Iterator[Table]:
    files = [{"file": f"./{name}"} for name in ("b.csv", "a.csv", "z2.csv", "a/x.csv")]
    read: Step = "read_delimited"
    steps: dict[str, list[Step]] = {
        "take_1": [{"take": 1}],
        "take_2": [{"take": 2}],
        "take_0": [{"take": 0}],
        "take_many": [{"take": 99}],
        "skip_1": [{"skip": 1}],
        "skip_3": [{"skip": 3}],
        "skip_all": [{"skip": 99}],
        "skip_then_take": [{"skip": 1}, {"take": 2}],
        "take_then_skip": [{"take": 3}, {"skip": 1}],
    }
    for what, some in steps.items():
        yield table(f"list_step-{what}", tree, *some, paths=files)
        yield table(f"file_step-{what}", tree, *some, read, paths=files)
    part: Step = {"extract_columns_from_partition_format": {"partition_format": "/{stem}.csv"}}
    yield table("list_step-keys", tree, part, paths=files)
    yield table("list_step-keys_then_take", tree, part, {"take": 2}, paths=files)
    yield table("list_step-take_then_keys", tree, {"take": 2}, part, paths=files)
    yield table("list_step-keys_then_filter", tree, part, {"filter": 'stem != "a"'}, paths=files)
    yield table("file_step-keys_filter", tree, part, {"filter": 'stem == "a"'}, read, paths=files)


def _elsewhere() -> Iterator[Table]:
    for what, paths in {
        "parent": [{"file": "../elsewhere/a.csv"}],
        "parent_pattern": [{"pattern": "../elsewhere/*.csv"}],
        "parent_folder": [{"folder": "../elsewhere"}],
    }.items():
        files: dict[str, Content] = {
            "../elsewhere/a.csv": "a,b\n5,x\n", "../elsewhere/b.csv": "a,b\n6,y\n"
        }  # fmt: skip
        yield delimited(f"above-{what}", files, paths=paths, unordered=True)
        yield table(f"above_list-{what}", files, paths=paths, unordered=True)
