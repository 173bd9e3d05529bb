"""The model of a partition is the mean of its target column."""

import argparse
import json
import os


def init():
    """Read the arguments once."""
    global args
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("drop_cols", "target_col", "date_col", "date_freq", "model_folder"):
        parser.add_argument(f"--{name}", required=True)
    args, _ = parser.parse_known_args()


def run(mini_batch, mini_batch_context):
    """Train and save one model."""
    keys = mini_batch_context.partition_key_value
    rows = mini_batch.drop(columns=args.drop_cols.split(",")).sort_values(args.date_col)
    name = "_".join(str(value) for value in keys.values())
    os.makedirs(args.model_folder, exist_ok=True)
    with open(os.path.join(args.model_folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump({"mean": float(rows[args.target_col].mean()), "env": os.environ["WHERE"]}, file)
    return mini_batch
