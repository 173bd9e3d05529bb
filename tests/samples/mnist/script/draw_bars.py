"""Draws images as text: bars, as many as the number in the file's name says."""

import argparse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--images", type=Path, required=True)
folder = parser.parse_args().images
folder.mkdir(parents=True, exist_ok=True)
for number in range(12):
    (folder / f"bars_{number:02d}.txt").write_text(("|" * number + "\n") * 4)
