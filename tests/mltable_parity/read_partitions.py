"""Cuts tables into partitions with one of the readers and writes them as JSON.

Called by either interpreter, so it imports no reader before it is told which one::

    python read_partitions.py --reader mltable|parallelsdk --tables FOLDER --out results.json

``FOLDER/sizes.json`` says which tables are cut at how many bytes. The result of a table is
``{"whole": frame, "list": paths, "sizes": {size: [frame, ..]}, "keys": [[values, frame], ..]}``,
each frame as read_tables.py writes it; the reference gives no keys, ours gives no whole.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from read_tables import plain, plain_frame  # the folder of a script is on its path


def of_reference(folder: Path, sizes: list[int], keys: list[str]) -> dict[str, Any]:
    """The partitions of the official package."""
    from mltable import load

    table = load(str(folder))
    result: dict[str, Any] = {"whole": plain_frame(table.to_pandas_dataframe(), folder)}
    result["sizes"] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            if len(document_of(folder)["transformations"]) == 1:
                base, cut = folder, load(str(folder))._with_partition_size(size, "b")
            else:  # then it fails
                base = with_size(folder, Path(place) / folder.name, size)
                cut = load(str(base))
            found = result["sizes"][str(size)] = []
            for number in range(cut.get_partition_count()):
                frame = cut.select_partitions([number]).to_pandas_dataframe()
                found.append(plain_frame(frame, base))
    return result


def document_of(folder: Path) -> Any:
    """What the MLTable file of a table says."""
    import yaml  # the reference brings it

    return yaml.safe_load((folder / "MLTable").read_text(encoding="utf-8"))


def with_size(folder: Path, into: Path, size: int) -> Path:
    """A copy of a table whose reader says the size of its partitions."""
    import yaml

    shutil.copytree(folder, into)
    document = document_of(folder)
    for place, step in enumerate(document["transformations"]):
        named = {step: {}} if isinstance(step, str) else step
        document["transformations"][place] = named
        for name, options in named.items():
            if name.startswith("read_"):
                options["partition_size"] = size
    (into / "MLTable").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return into


def of_ours(folder: Path, sizes: list[int], keys: list[str]) -> dict[str, Any]:
    """Our mini-batches."""
    result: dict[str, Any] = {"sizes": {}}
    for size in sizes:
        found = [plain_frame(value, folder) for value, _ in mini_batches(folder, size, ())]
        result["sizes"][str(size)] = found
    if keys:
        result["keys"] = [
            [values, plain_frame(value, folder)]
            for value, values in mini_batches(folder, 0, tuple(keys))
        ]
    if not sizes and not keys:
        result["list"] = [
            [plain(path, folder) for path in value]
            for value, _ in mini_batches(folder, 1, (), mode="ro_mount")
        ]
    return result


def mini_batches(
    folder: Path, size: int, keys: tuple[str, ...], mode: str = "direct"
) -> Iterator[tuple[Any, Any]]:
    """The value of each of our mini-batches, and the values of its keys."""
    from parallelsdk.data.mini_batch import MiniBatchTable
    from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches

    with tempfile.TemporaryDirectory() as place:
        into = str(Path(place) / "mini_batches.arrow")
        major = MajorInput(str(folder), "mltable", mode)
        plan_mini_batches(major, Split(size=size, keys=keys), into)
        with MiniBatchTable(into) as table:
            for number in range(table.count):
                loaded = table.load(number)
                yield loaded.value, loaded.partition_key_value


def main() -> int:
    """Read the arguments and cut the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reader", choices=("mltable", "parallelsdk"), required=True)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    cut = of_reference if given.reader == "mltable" else of_ours
    tables = given.tables.resolve()
    results: dict[str, Any] = {}
    for name, how in json.loads((tables / "sizes.json").read_text(encoding="utf-8")).items():
        try:
            results[name] = cut(tables / name, how["sizes"], how["keys"])
        except Exception as error:
            results[name] = {"error": type(error).__name__, "message": f"{error}"[:500]}
    given.out.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
