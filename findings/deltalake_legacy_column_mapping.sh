#!/bin/sh
# deltalake 1.6.6 with pyarrow 26.0.1 (seen with CPython 3.11, Linux): a Delta table whose columns were
# renamed, so that its log maps each name to another one in the data files, is refused when it has
# columnMapping among its features (reader version 3). In the older form of the protocol, reader
# version 2 and writer version 5, where the mapping needs no feature, the same table is read without
# an error, and every renamed column holds nulls alone.
#
# Seen:
#   reader 2, writer 5: {'id': [None, None], 'word': [None, None]}
#   reader 3, feature columnMapping: an error, DeltaProtocolError
#
# Usage: sh findings/deltalake_legacy_column_mapping.sh [PYTHON]; exits with 1 when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${1:-python3}" -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check \
  deltalake==1.6.6 pyarrow==26.0.1

cat > "$folder/main.py" <<'PYTHON'
import json
import sys
from pathlib import Path

import deltalake
import pyarrow as pa

FORMS = {
    "reader 2, writer 5": {"minReaderVersion": 2, "minWriterVersion": 5},
    "reader 3, feature columnMapping": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["columnMapping"],
        "writerFeatures": ["columnMapping"],
    },
}


def write(folder, protocol):
    """A table of two columns, then renamed as the protocol describes it."""
    deltalake.write_deltalake(folder, pa.table({"col-1": [1, 2], "col-2": ["x", "y"]}))
    log = Path(folder, "_delta_log", f"{0:020d}.json")
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    for entry in entries:
        if "protocol" in entry:
            entry["protocol"] = protocol
        if "metaData" in entry:
            schema = json.loads(entry["metaData"]["schemaString"])
            for number, (field, name) in enumerate(zip(schema["fields"], ("id", "word")), 1):
                field["metadata"] = {
                    "delta.columnMapping.id": number,
                    "delta.columnMapping.physicalName": field["name"],
                }
                field["name"] = name
            entry["metaData"]["schemaString"] = json.dumps(schema)
            entry["metaData"]["configuration"] = {
                "delta.columnMapping.mode": "name",
                "delta.columnMapping.maxColumnId": "2",
            }
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries))


for number, (form, protocol) in enumerate(FORMS.items()):
    folder = f"{sys.argv[1]}/{number}"
    write(folder, protocol)
    try:
        came = deltalake.DeltaTable(folder).to_pyarrow_table().to_pydict()
    except Exception as error:
        came = f"an error, {type(error).__name__}"
    print(f"{form}: {came}")
PYTHON

cat > "$folder/expected" <<'TEXT'
reader 2, writer 5: {'id': [None, None], 'word': [None, None]}
reader 3, feature columnMapping: an error, DeltaProtocolError
TEXT

"$folder/env/bin/python" "$folder/main.py" "$folder/tables" > "$folder/seen"
diff "$folder/expected" "$folder/seen" && echo "as described"
