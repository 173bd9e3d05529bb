"""One file for each combination of the keys, and an MLTable that reads the keys from the paths."""

import argparse
from pathlib import Path

import pandas as pd

MLTABLE = """\
type: mltable
paths:
  - pattern: ./**/*.csv
transformations:
  - read_delimited:
      delimiter: ","
      encoding: utf8
      header: all_files_same_headers
  - extract_columns_from_partition_format:
      partition_format: "/{FORMAT}/rows.csv"
"""

parser = argparse.ArgumentParser()
parser.add_argument("--data_source", type=Path, required=True)
parser.add_argument("--partition_keys", required=True)
parser.add_argument("--tabular_output_data", type=Path, required=True)
args = parser.parse_args()
keys = args.partition_keys.split(",")
sales = pd.read_csv(args.data_source / "sales.csv")
for values, rows in sales.groupby(keys):
    folder = args.tabular_output_data.joinpath(*map(str, values))
    folder.mkdir(parents=True)
    rows.drop(columns=keys).to_csv(folder / "rows.csv", index=False)
form = "/".join("{" + key + "}" for key in keys)
(args.tabular_output_data / "MLTable").write_text(MLTABLE.replace("{FORMAT}", form))
