"""Recognises handwritten digits in image files, each from several turned and shifted views."""

import argparse
import os

import numpy as np
from PIL import Image

SIZE = 8  # pixels that the model sees in each direction
ZOOM = 4  # views are made from an enlarged image, where half a pixel can be moved
ANGLES = range(-8, 9, 4)  # degrees
SHIFTS = range(-1, 2)  # pixels of the enlarged image


def init():
    """Load the weights of the network once per worker process."""
    global network

    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model", required=True)
    args, _ = parser.parse_known_args()
    with np.load(os.path.join(args.model, "digits_network.npz")) as arrays:
        network = {name: arrays[name] for name in arrays.files}


def run(mini_batch):
    """Score one mini-batch: a list of paths. One line for each: file name, digit, how sure."""
    results = []
    for path in mini_batch:
        with Image.open(path) as image:
            mean = predict(views(image.convert("L"))).mean(axis=0)
        digit = int(mean.argmax())
        results.append(f"{os.path.basename(path)} {digit} {mean[digit]:.4f}")
    return results


def views(image):
    """The image turned and shifted in every combination, as rows of numbers between 0 and 1."""
    large = image.resize((SIZE * ZOOM, SIZE * ZOOM), Image.Resampling.BICUBIC)
    small = [
        large.rotate(angle, Image.Resampling.BICUBIC, translate=(right, down)).resize(
            (SIZE, SIZE), Image.Resampling.BOX
        )
        for angle in ANGLES
        for right in SHIFTS
        for down in SHIFTS
    ]
    return np.stack([np.asarray(view, dtype=np.float32).ravel() for view in small]) / 255


def predict(pixels):
    """The probability of each digit for each row of ``pixels``."""
    hidden = np.maximum(pixels @ network["hidden"] + network["hidden_bias"], 0)
    scores = hidden @ network["output"] + network["output_bias"]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
