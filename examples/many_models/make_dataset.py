"""Cuts the sample of this example out of the full table of sales: its first twelve stores.

The full ``oj_sales_data.csv`` is part of the azureml-examples repository (MIT licence). Usage:
``python make_dataset.py path/to/the/full/oj_sales_data.csv``.
"""

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORES = 12


def main(source):
    """Keep the rows of the first stores, as they are."""
    with open(source, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    stores = sorted({row["Store"] for row in rows})[:STORES]
    target = HERE / "oj_sales_data" / "oj_sales_data.csv"
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["Store"] in stores)


if __name__ == "__main__":
    main(sys.argv[1])
