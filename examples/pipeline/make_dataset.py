"""Writes the data and the model of this example from the orange juice sales of many_models.

Run it only to see where ``dataset/`` and ``model/`` come from: the last twelve weeks of six stores
are the data; a line through all the weeks before, in logarithms, is the model.
"""

import csv
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SALES = HERE.parent / "many_models" / "oj_sales_data" / "oj_sales_data.csv"
STORES, WEEKS = 6, 12


def main():
    """Split the sales into weeks to learn from and weeks to score."""
    with open(SALES, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    stores = sorted({row["Store"] for row in rows})[:STORES]
    first_week = sorted({row["WeekStarting"] for row in rows})[-WEEKS]
    to_score = [r for r in rows if r["Store"] in stores and r["WeekStarting"] >= first_week]
    to_learn = [row for row in rows if row["WeekStarting"] < first_week]
    with open(HERE / "dataset" / "oj_sales.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(to_score)
    text = json.dumps(fit(to_learn), indent=2) + "\n"
    (HERE / "model" / "demand.json").write_text(text, encoding="utf-8")


def fit(rows):
    """Least squares of log(quantity) on log(price), with a level for each brand."""
    brands = sorted({row["Brand"] for row in rows})
    levels = np.array([[row["Brand"] == brand for brand in brands] for row in rows], dtype=float)
    price = np.log([float(row["Price"]) for row in rows])
    quantity = np.log([float(row["Quantity"]) for row in rows])
    weights, *_ = np.linalg.lstsq(np.column_stack([levels, price]), quantity, rcond=None)
    *level, elasticity = (round(float(weight), 6) for weight in weights)
    return {"level": dict(zip(brands, level, strict=True)), "elasticity": elasticity}


if __name__ == "__main__":
    main()
