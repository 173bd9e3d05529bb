"""Predicts the quantity sold in each row from its brand and price."""

import argparse
import json
import os

import numpy as np


def init():
    """Load the model once per worker process."""
    global model

    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model", required=True)
    args, _ = parser.parse_known_args()
    with open(os.path.join(args.model, "demand.json"), encoding="utf-8") as file:
        model = json.load(file)


def run(mini_batch):
    """Score one mini-batch: a DataFrame with the sales of one brand, store and week in each row."""
    level = mini_batch["Brand"].map(model["level"]).astype(float)
    price = np.log(mini_batch["Price"].astype(float))
    expected = np.exp(level + model["elasticity"] * price)
    columns = ["Store", "Brand", "WeekStarting", "Quantity"]
    return mini_batch[columns].assign(expected=expected.round().astype(int))
