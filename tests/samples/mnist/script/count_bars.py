"""Counts the bars of each image."""

import argparse
import os


def init():
    """Learn which character is a bar."""
    global bar
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model", required=True)
    args, _ = parser.parse_known_args()
    with open(os.path.join(args.model, "bar.txt"), encoding="ascii") as file:
        bar = file.read().strip()


def run(mini_batch):
    """One line for each file."""
    answers = []
    for path in mini_batch:
        with open(path, encoding="ascii") as file:
            answers.append(f"{os.path.basename(path)} {file.readline().count(bar)}")
    return answers
