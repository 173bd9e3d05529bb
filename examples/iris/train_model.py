"""Writes the model of this example: the mean measures of each variety, from the same 150 rows.

Run it once more only to see where ``iris-model/iris_centroids.json`` comes from.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEASURES = ["sepal.length", "sepal.width", "petal.length", "petal.width"]


def main():
    """Average the measures of each variety."""
    rows = defaultdict(list)
    with open(HERE / "neural-iris-mltable" / "iris.csv", encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["variety"]].append([float(row[measure]) for measure in MEASURES])
    centroids = [
        [round(sum(column) / len(column), 6) for column in zip(*rows[variety], strict=True)]
        for variety in sorted(rows)
    ]
    model = {"measures": MEASURES, "varieties": sorted(rows), "centroids": centroids}
    text = json.dumps(model, indent=2) + "\n"
    (HERE / "iris-model" / "iris_centroids.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
