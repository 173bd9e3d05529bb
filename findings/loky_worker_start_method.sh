#!/bin/sh
# loky 3.7.0, joblib 1.6.0 (seen with CPython 3.11 and 3.13, Linux): in a worker of loky, and so in a
# task of joblib's default backend, loky is the default start method of the standard library's
# multiprocessing. There a plain multiprocessing.Process cannot be started: start() raises
# AttributeError, because loky's way of starting asks the process for an attribute that only loky's
# own class has. In a worker of concurrent.futures' pool the same code works.
#
# Seen:
#   loky: default loky, Process: AttributeError: 'Process' object has no attribute 'env'
#   joblib: default loky, Process: AttributeError: 'Process' object has no attribute 'env'
#   concurrent.futures: default spawn, Process: exit code 0
#
# Usage: sh findings/loky_worker_start_method.sh [PYTHON]; exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${1:-python3}" -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check loky==3.7.0 joblib==1.6.0

cat > "$folder/task.py" <<'PYTHON'
import multiprocessing


def hello():
    pass


def start_a_process():
    default = multiprocessing.get_start_method()
    try:
        process = multiprocessing.Process(target=hello)
        process.start()
        process.join()
        came = f"exit code {process.exitcode}"
    except AttributeError as error:
        came = f"AttributeError: {error}"
    return f"default {default}, Process: {came}"
PYTHON

cat > "$folder/main.py" <<'PYTHON'
import multiprocessing
from concurrent import futures

import joblib
import loky
from task import start_a_process

if __name__ == "__main__":
    with loky.ProcessPoolExecutor(1) as pool:
        print("loky:", pool.submit(start_a_process).result())
    # Two tasks: joblib runs a single one without a worker.
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(start_a_process)() for _ in range(2))
    print("joblib:", found[0])
    with futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        print("concurrent.futures:", pool.submit(start_a_process).result())
PYTHON

cat > "$folder/expected" <<'TEXT'
loky: default loky, Process: AttributeError: 'Process' object has no attribute 'env'
joblib: default loky, Process: AttributeError: 'Process' object has no attribute 'env'
concurrent.futures: default spawn, Process: exit code 0
TEXT

cd "$folder"
env/bin/python main.py > seen
diff expected seen && echo "as described"
