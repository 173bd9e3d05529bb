"""Tells how many answers there are, and how many are right."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--answers", required=True)
with open(parser.parse_args().answers, encoding="ascii") as file:
    answers = [line.split() for line in file]
right = sum(int(name[5:7]) == int(bars) for name, bars in answers)
print(f"{right} of {len(answers)} are right")
