"""Gathers the errors of all models into one table, the best model first."""

import argparse
import csv
import json
from pathlib import Path

COLUMNS = ["Store", "Brand", "mean_absolute_percentage_error", "trained_on_weeks"]


def main(args):
    """Read every model.json below ``args.models`` and write ``args.scores``."""
    paths = sorted(Path(args.models).glob("*/*/model.json"))
    models = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    models.sort(key=lambda model: model["mean_absolute_percentage_error"])
    with open(args.scores, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(models)
    print(f"{len(models)} models; the best one is {models[0]['Store']}/{models[0]['Brand']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", required=True)
    parser.add_argument("--scores", required=True)
    main(parser.parse_args())
