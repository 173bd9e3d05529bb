"""Makes two MLTables of one table: a list of files, one for each store, and the table as it is."""

import argparse
import csv
import shutil
from collections import defaultdict
from pathlib import Path

FILE_LIST = """\
type: mltable
paths:
  - pattern: ./store_*.csv
"""

TABLE = """\
type: mltable
paths:
  - file: ./oj_sales.csv
transformations:
  - read_delimited:
      delimiter: ","
      encoding: utf8
      header: all_files_same_headers
"""


def main(args):
    """Write both outputs."""
    source = Path(args.input_data) / "oj_sales.csv"
    write_files(source, Path(args.file_output_data))
    write_table(source, Path(args.tabular_output_data))


def write_files(source, folder):
    """One CSV file for each store, and an MLTable that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    by_store = defaultdict(list)
    with open(source, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames)
        for row in reader:
            by_store[row["Store"]].append(row)
    for store, rows in by_store.items():
        with open(folder / f"store_{store}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "MLTable").write_text(FILE_LIST, encoding="utf-8")
    print(f"{len(by_store)} files, one for each store, in {folder}")


def write_table(source, folder):
    """A copy of the table, and an MLTable that tells how to read it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / "oj_sales.csv")
    (folder / "MLTable").write_text(TABLE, encoding="utf-8")
    print(f"the table in {folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--input_data", required=True)
    parser.add_argument("--file_output_data", required=True)
    parser.add_argument("--tabular_output_data", required=True)
    main(parser.parse_args())
