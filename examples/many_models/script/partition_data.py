"""Writes the table of sales as one file per store and brand, and an MLTable that knows the keys."""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

KEYS = ["Store", "Brand"]

MLTABLE = """\
type: mltable
paths:
  - pattern: ./*/*/data.csv
transformations:
  - extract_columns_from_partition_format:
      partition_format: "{Store}/{Brand}/data.csv"
  - read_delimited:
      delimiter: ","
      encoding: utf8
      header: all_files_same_headers
"""


def main(args):
    """Group the rows of every CSV file in ``args.sales`` by the keys."""
    groups = defaultdict(list)
    for path in sorted(Path(args.sales).glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                groups[tuple(row.pop(key) for key in KEYS)].append(row)

    target = Path(args.partitions)
    for keys, rows in groups.items():
        folder = target.joinpath(*keys)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "data.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (target / "MLTable").write_text(MLTABLE, encoding="utf-8")
    print(f"{len(groups)} partitions by {' and '.join(KEYS)} in {target}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sales", required=True)
    parser.add_argument("--partitions", required=True)
    main(parser.parse_args())
