"""Summarises files of weekly sales: the best week of each brand. One report per file."""

import argparse
import os

import pandas as pd


def init():
    """Learn where the reports go."""
    global output_folder

    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--job_output_path", required=True)
    args, _ = parser.parse_known_args()
    output_folder = args.job_output_path
    os.makedirs(output_folder, exist_ok=True)  # several workers may come here at once


def run(mini_batch):
    """Write one report for each file; ``mini_batch`` is a list of paths."""
    reports = []
    for path in mini_batch:
        sales = pd.read_csv(path)
        best = sales.loc[sales.groupby("Brand")["Revenue"].idxmax()]
        name = "report_" + os.path.basename(path)
        best[["Store", "Brand", "WeekStarting", "Revenue"]].to_csv(
            os.path.join(output_folder, name), index=False
        )
        reports.append(name)
    return reports
