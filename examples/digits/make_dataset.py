"""Writes the images, their labels and the model of this example from scikit-learn's digits.

Run it only to see where ``images/``, ``labels.csv`` and ``model/`` come from. 480 of the images
become PNG files; a small network learns from the others.
"""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

HERE = Path(__file__).resolve().parent
IMAGES = 480


def main():
    """Split the digits into images to score and digits to learn from."""
    digits = load_digits()
    learn, score = train_test_split(
        np.arange(len(digits.target)), test_size=IMAGES, random_state=7, stratify=digits.target
    )
    write_images(digits, score)
    write_model(digits.data[learn] / 16, digits.target[learn])


def write_images(digits, which):
    """One PNG file per image, and the true labels beside them."""
    (HERE / "images").mkdir(exist_ok=True)
    with open(HERE / "labels.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "label"])
        for number, index in enumerate(which):
            name = f"digit_{number:04d}.png"
            pixels = (digits.images[index] * 255 / 16).round().astype(np.uint8)
            Image.fromarray(pixels).save(HERE / "images" / name, optimize=True)
            writer.writerow([name, digits.target[index]])


def write_model(data, target):
    """The weights of a network with one hidden layer, as plain arrays: no pickle."""
    network = MLPClassifier(hidden_layer_sizes=(48,), max_iter=400, alpha=0.01, random_state=7)
    network.fit(data, target)
    (HERE / "model").mkdir(exist_ok=True)
    (hidden, output), (hidden_bias, output_bias) = network.coefs_, network.intercepts_
    np.savez_compressed(
        HERE / "model" / "digits_network.npz",
        hidden=hidden.astype(np.float32),
        hidden_bias=hidden_bias.astype(np.float32),
        output=output.astype(np.float32),
        output_bias=output_bias.astype(np.float32),
    )


if __name__ == "__main__":
    main()
