"""Trains one model per store and brand: a trend over the weeks and the seasons of the year."""

import argparse
import json
import os

import numpy as np
import pandas as pd


def init():
    """Read the arguments once per worker process."""
    global args

    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--models", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--holdout_weeks", type=int, default=12)
    args, _ = parser.parse_known_args()


def run(mini_batch, mini_batch_context):
    """Fit, test and save the model of one partition; ``mini_batch`` holds all of its rows."""
    keys = mini_batch_context.partition_key_value
    sales = mini_batch.sort_values("WeekStarting")
    weeks = pd.to_datetime(sales["WeekStarting"])
    features = describe(weeks, since=weeks.iloc[0])
    target = sales[args.target].to_numpy(dtype=float)

    split = len(sales) - args.holdout_weeks
    weights, *_ = np.linalg.lstsq(features[:split], target[:split], rcond=None)
    error = np.abs(features[split:] @ weights - target[split:]) / target[split:]

    folder = os.path.join(args.models, *(str(value) for value in keys.values()))
    os.makedirs(folder, exist_ok=True)
    model = {
        **{key: str(value) for key, value in keys.items()},
        "target": args.target,
        "weights": [round(float(weight), 4) for weight in weights],
        "trained_on_weeks": int(split),
        "mean_absolute_percentage_error": round(100 * float(error.mean()), 2),
    }
    with open(os.path.join(folder, "model.json"), "w", encoding="utf-8") as file:
        json.dump(model, file, indent=2)
    return mini_batch  # as many rows as came in: all of them are done


def describe(weeks, since):
    """The features of each week: a constant, the trend in years, and two waves through the year."""
    years = (weeks - since).dt.days.to_numpy() / 365.25
    season = 2 * np.pi * weeks.dt.dayofyear.to_numpy() / 365.25
    waves = [wave(k * season) for k in (1, 2) for wave in (np.sin, np.cos)]
    return np.column_stack([np.ones_like(years), years, *waves])
