"""Names each flower by the length of its petals."""

import argparse
import bisect
import json
import os


def init():
    """Read the bounds once."""
    global model
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model", required=True)
    args, _ = parser.parse_known_args()
    with open(os.path.join(args.model, "bounds.json"), encoding="utf-8") as file:
        model = json.load(file)


def run(mini_batch):
    """Add the name to each row."""
    places = [bisect.bisect(model["bounds"], length) for length in mini_batch["petal.length"]]
    return mini_batch.assign(name=[model["names"][place] for place in places])
