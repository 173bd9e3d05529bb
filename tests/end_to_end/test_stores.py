"""Jobs whose data lie in stores: real servers, every mode, and connections that break."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pytest

from tests.servers import stores
from tests.servers.stores import Store

ROWS = 40
SCRIPT = """
import os

def run(mini_batch):
    if isinstance(mini_batch, list):
        return [f"{os.path.basename(path)} {read(path)}" for path in mini_batch]
    return [f"{row.id} {row.name}" for row in mini_batch.itertuples()]

def read(path):
    if "://" in path:  # mode direct
        import fsspec
        with fsspec.open(path) as file:
            return file.read().decode().strip()
    assert os.path.isabs(path)
    with open(path) as file:
        return file.read().strip()
"""
FILES = {f"files/{n // 4}/f{n}.txt": f"text {n}\n" for n in range(12)}
TABLE = {
    "table/MLTable": "paths: [{pattern: './**/*.csv'}]\ntransformations: [read_delimited]\n",
    **{
        f"table/part{part}/x.csv": "id,name\n"
        + "".join(f"{n},name{n}\n" for n in range(part * ROWS, (part + 1) * ROWS))
        for part in range(2)
    },
}
# What a store's console makes of "Create folder"; no file is meant.
FOLDERS = ("files/", "files/0/", "files/alone/", "table/", "table/part0/", "table/alone.csv/")
LINES = {
    "files": sorted(f"f{n}.txt text {n}" for n in range(12)),
    "table": [f"{n} name{n}" for n in range(2 * ROWS)],
}


@pytest.fixture(scope="module")
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, root: Path
) -> Iterator[Store]:
    """A store with the files of this module in it."""
    with stores.opened(request.param, root, tmp_path_factory.mktemp(request.param)) as found:
        fill(found, FILES | TABLE)
        if found.folder is None:
            found.put(dict.fromkeys(FOLDERS, b""))
        yield found


def fill(store: Store, files: Mapping[str, str]) -> None:
    """Put the files into the store."""
    if store.folder is not None:
        for name, text in files.items():
            path = store.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return
    code = (
        "import fsspec, json, sys\n"
        "for url, text in json.load(sys.stdin).items():\n"
        "    with fsspec.open(url, 'w') as file: file.write(text)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps({store.url(name): text for name, text in files.items()}),
        env={**os.environ, **store.environment},
        text=True,
        check=True,
    )


def run_job(
    folder: Path,
    store: Store,
    *,
    kind: str,
    mode: str,
    output: str = "",
    force_rerun: bool = True,
    script: str = SCRIPT,
    workers: int = 2,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run a job over the store's files or table; its rows go to ``out/rows.txt``."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "score.py").write_text(script)
    target: dict[str, Any] = {"type": "uri_folder"}
    if output:
        target["path"] = output
    is_table = kind.startswith("table")
    document = {
        "$schema": "https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json",
        "type": "pipeline",
        "settings": {"default_compute": "azureml:local", "force_rerun": force_rerun},
        "jobs": {
            "score": {
                "type": "parallel",
                "inputs": {
                    "data": {
                        "type": "mltable" if is_table else "uri_folder",
                        "path": store.url(kind),
                        "mode": mode,
                    }
                },
                "outputs": {"rows": target},
                "input_data": "${{inputs.data}}",
                "mini_batch_size": "200" if is_table else "2",
                "max_concurrency_per_instance": workers,
                "retry_settings": {"max_retries": 2, "timeout": 60},
                "mini_batch_error_threshold": 0,
                "task": {
                    "type": "run_function",
                    "code": "./code",
                    "entry_script": "score.py",
                    "environment": "azureml:env:1",
                    "append_row_to": "${{outputs.rows}}",
                    "program_arguments": "--append_row_file_name rows.txt",
                },
            }
        },
    }
    (folder / "job.yml").write_text(json.dumps(document))
    return job(folder, store, "create", "--file", "job.yml", "--stream", **variables)


def job(
    folder: Path, store: Store, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command line on jobs, for somebody who knows the store."""
    return subprocess.run(
        [sys.executable, "-m", "parallelsdk", "job", *words],
        cwd=folder,
        env={
            **os.environ,
            **store.environment,
            "PARALLELSDK_HOME": str(folder / "workspace"),
            "PARALLELSDK_STORAGE_TIMEOUT": "20",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )


def rows_of(folder: Path) -> list[str]:
    """The rows that the one job in the folder has written."""
    found = list(folder.glob("workspace/jobs/*/steps/score/outputs/rows/rows.txt"))
    assert len(found) == 1
    return found[0].read_text().splitlines()


@pytest.mark.timeout(400)  # the first of all installs a server
@pytest.mark.parametrize("mode", ["download", "ro_mount", "direct"])
@pytest.mark.parametrize("kind", ["files", "table"])
@pytest.mark.parametrize("store", ["azure", "s3", "google", "web"], indirect=True)
def test_a_job_reads_its_input_in_every_mode_over_breaking_connections(
    store: Store, kind: str, mode: str, tmp_path: Path
) -> None:
    for breaks in (False, True):
        folder = tmp_path / str(breaks)
        folder.mkdir()
        if breaks:
            with stores.dropping(store, folder) as (shaky, drops):
                done = run_job(folder, shaky, kind=kind, mode=mode)
                assert int(drops.read_text()) >= 1
        else:
            done = run_job(folder, store, kind=kind, mode=mode)
        assert done.returncode == 0, done.stdout + done.stderr
        rows = rows_of(folder)
        assert (sorted(rows) if kind == "files" else rows) == LINES[kind]
        mounted = list(folder.glob("workspace/jobs/*/steps/score/inputs/data/files/**/*.txt"))
        if mode != "download":
            assert mounted == []  # what was fetched for a mini-batch is gone


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_step_over_files_of_a_store_is_reused_until_one_of_them_changes(
    store: Store, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        fill(store, {f"reused/{name}": "text 1"})
    said = []
    for change in ({}, {}, {"reused/b.txt": "text 2"}):  # as long as before
        fill(store, change)
        done = run_job(tmp_path, store, kind="reused", mode="ro_mount", force_rerun=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout + done.stderr)
    assert "reused from" not in said[0] and "reused from" in said[1]
    assert "not reused: input data changed: file b.txt" in said[2]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", ["download", "ro_mount"])
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_resume_does_not_mix_results_of_two_versions_of_a_file(
    store: Store, mode: str, tmp_path: Path
) -> None:
    fill(store, {f"resumed/{n}.txt": "bad" if n == 3 else f"text {n}" for n in range(6)})
    script = SCRIPT.replace("return file.read().strip()", "text = file.read().strip()") + (
        "    assert text != 'bad'\n    return text\n"
    )
    failed = run_job(tmp_path, store, kind="resumed", mode=mode, script=script, workers=1)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    [name] = [path.name for path in (tmp_path / "workspace" / "jobs").iterdir()]
    # One worker takes them in order, so the first is done.
    fill(store, {"resumed/3.txt": "mended", "resumed/0.txt": "text 9"})
    refused = job(tmp_path, store, "resume", "--name", name, "--stream")
    assert refused.returncode == 1
    assert "0.txt" in refused.stderr and "--accept-changes" in refused.stderr
    done = job(tmp_path, store, "resume", "--name", name, "--accept-changes", "--stream")
    assert done.returncode == 0, done.stdout + done.stderr
    texts = ["0.txt text 9", "1.txt text 1", "2.txt text 2", "3.txt mended"]
    assert sorted(rows_of(tmp_path)) == [*texts, "4.txt text 4", "5.txt text 5"]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_a_table_that_has_changed_in_its_store_is_not_resumed(store: Store, tmp_path: Path) -> None:
    rows = "".join(f"{n},name{n}\n" for n in range(60))
    fill(store, {"table2/MLTable": TABLE["table/MLTable"], "table2/a.csv": "id,name\n" + rows})
    script = (
        "def run(frame):\n    assert not set(frame['id']) & {59}\n    return list(frame['id'])\n"
    )
    failed = run_job(tmp_path, store, kind="table2", mode="direct", script=script, workers=1)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    [name] = [path.name for path in (tmp_path / "workspace" / "jobs").iterdir()]
    fill(store, {"table2/a.csv": "id,name\n-" + rows[1:]})
    refused = job(tmp_path, store, "resume", "--name", name, "--stream")
    assert refused.returncode == 1 and "Submit the job anew" in refused.stderr


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("store", "changed", "told"),
    [
        ("azure", "5.txt", "LOAD_EXCEPTION"),
        ("s3", "5.txt", "LOAD_EXCEPTION"),
        ("google", "5.txt", "LOAD_EXCEPTION"),
        ("s3", "0.txt", "1 mini-batch that is done was made from files that have"),
    ],
    indirect=["store"],
)
def test_a_file_that_changes_in_its_store_while_the_step_runs_leaves_no_mixed_output(
    store: Store, tmp_path: Path, changed: str, told: str
) -> None:
    fill(store, {f"changing/{n}.txt": f"text {n}" for n in range(6)})
    change = (
        "def run(paths):\n"
        "    import fsspec\n"
        "    if os.path.basename(paths[0]) == {when!r}:\n"
        "        with fsspec.open({url!r}, 'w') as file: file.write('text x')\n"
        "    return [read(path) for path in paths]\n"
    ).format(url=store.url(f"changing/{changed}"), when="0.txt" if changed == "5.txt" else "2.txt")
    script = SCRIPT.replace("def run(", "def other(") + change
    done = run_job(tmp_path, store, kind="changing", mode="ro_mount", script=script, workers=1)
    assert done.returncode == 1, done.stdout + done.stderr
    [report] = tmp_path.glob("workspace/jobs/*/steps/score/logs/sys/job_report/processed*.csv")
    assert told in report.read_text() + done.stdout + done.stderr
    assert f"{changed}' has changed since" in done.stdout + done.stderr
    assert not list(tmp_path.glob("workspace/jobs/*/steps/score/outputs/rows/rows.txt"))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_a_table_that_changes_in_its_store_while_the_step_runs_leaves_no_mixed_output(
    store: Store, tmp_path: Path
) -> None:
    rows = "".join(f"{n},name{n}\n" for n in range(60))
    fill(store, {"table3/MLTable": TABLE["table/MLTable"], "table3/a.csv": "id,name\n" + rows})
    script = (
        "def run(frame):\n"
        "    import fsspec\n"
        f"    with fsspec.open({store.url('table3/a.csv')!r}, 'w') as file:\n"
        f"        file.write({'id,name' + chr(10) + rows.replace('name', 'nome')!r})\n"
        "    return list(frame['name'])\n"
    )
    done = run_job(tmp_path, store, kind="table3", mode="direct", script=script, workers=1)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "a.csv' has changed since the job began" in done.stdout + done.stderr
    assert not list(tmp_path.glob("workspace/jobs/*/steps/score/outputs/rows/rows.txt"))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_delta_table_is_read_with_the_credentials_of_all_else(
    store: Store, tmp_path: Path
) -> None:
    rows = pa.table({"id": range(20), "name": [f"name{n}" for n in range(20)]})
    written = str(tmp_path / "delta")
    deltalake.write_deltalake(written, rows.slice(0, 9), partition_by=["name"])
    deltalake.write_deltalake(written, rows.slice(9), mode="append")
    code = (
        "import fsspec, os, sys\n"
        "store, path = fsspec.core.url_to_fs(sys.argv[2])\n"
        "for folder, _, files in os.walk(sys.argv[1]):\n"
        "    for name in files:\n"
        "        file = os.path.join(folder, name)\n"
        "        store.put_file(file, path + '/' + os.path.relpath(file, sys.argv[1]))\n"
    )
    environment = {**os.environ, **store.environment}
    command = [sys.executable, "-c", code, written, store.url("delta")]
    subprocess.run(command, env=environment, check=True)
    document = f"paths: [{{folder: {store.url('delta')}}}]\ntransformations: [read_delta_lake]\n"
    fill(store, {"table-delta/MLTable": document})
    done = run_job(tmp_path, store, kind="table-delta", mode="direct")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(rows_of(tmp_path)) == sorted(f"{n} name{n}" for n in range(20))


@pytest.mark.parametrize("store", ["web"], indirect=True)
def test_a_table_whose_files_are_named_needs_no_listing(store: Store, tmp_path: Path) -> None:
    document = "paths: [{file: part0/x.csv}, {file: part1/x.csv}]\n"
    fill(store, {"table/MLTable": document + "transformations: [read_delimited]\n"})
    unlisted = dataclasses.replace(store, root=f"{store.root}/unlisted")
    done = run_job(tmp_path, unlisted, kind="table", mode="direct")
    fill(store, TABLE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows_of(tmp_path) == LINES["table"]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_a_listing_is_of_now_whatever_the_library_remembers(store: Store) -> None:
    fill(store, {"listed/a.txt": "a"})
    code = (
        "import sys; from parallelsdk.storage.filesystem import exists, list_files\n"
        "for line in sys.stdin:\n"
        "    found = list_files(sys.argv[1])\n"
        "    print(len(found), exists(sys.argv[1] + '/b.txt'), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, store.url("listed")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **store.environment},
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for expected in ("1 False", "2 True"):
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline().strip() == expected
            fill(store, {"listed/b.txt": "b"})


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["azure", "s3", "google"], indirect=True)
def test_an_output_goes_to_a_store_whole_over_breaking_connections(
    store: Store, tmp_path: Path
) -> None:
    with stores.dropping(store, tmp_path) as (shaky, _):
        done = run_job(
            tmp_path, shaky, kind="files", mode="download", output=shaky.url("results/one")
        )
    assert done.returncode == 0, done.stdout + done.stderr
    code = (
        "import fsspec, sys\n"
        "store, path = fsspec.core.url_to_fs(sys.argv[1])\n"
        "print(sorted(store.find(path)))\n"
        "sys.stdout.write(store.cat_file(path + '/one/rows.txt').decode())\n"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code, store.url("results")],
        env={**os.environ, **store.environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert seen[0] == "['data/results/one/rows.txt']"  # nothing of the way there is left
    assert sorted(seen[1:]) == LINES["files"]
    text = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*.json*"))
    for secret in ("testing", "AccountKey"):
        assert secret not in text + done.stdout + done.stderr


@pytest.mark.parametrize("mode", ["download", "ro_mount"])
def test_https_is_read_with_the_certificates_of_the_environment(mode: str, tmp_path: Path) -> None:
    certificate, key = stores.certificate(tmp_path)
    with stores.web(tmp_path, tls=(certificate, key)) as store:
        fill(store, FILES)
        done = run_job(tmp_path, store, kind="files", mode=mode, SSL_CERT_FILE=certificate)
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(rows_of(tmp_path)) == LINES["files"]


@pytest.mark.parametrize("how", ["hang", "short"])
def test_a_server_that_hangs_or_ends_too_soon_is_named_in_bounded_time(
    how: str, tmp_path: Path
) -> None:
    with stores.web(tmp_path) as store:
        fill(store, {"big.txt": "x" * 100_000})
        target = tmp_path / "got"
        code = (
            "import sys; from parallelsdk.storage.staging import stage_input\n"
            "stage_input(sys.argv[1], mode='download', folder=sys.argv[2])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, store.url(f"{how}/big.txt"), str(target)],
            env={**os.environ, "PARALLELSDK_STORAGE_TIMEOUT": "0.5"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert f"{how}/big.txt' cannot be read" in done.stderr
        assert not list(target.glob("*"))  # no half of it passes for the whole


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield int(server.getsockname()[1])


ONE_REQUEST = """
import sys
from fsspec.asyn import sync
from parallelsdk.storage.remote import open_store
store, _ = open_store(sys.argv[1])
sync(store.loop, type(store)._request.__wrapped__, store, "GET", "b/data")
"""
STAGE = """
import sys
from parallelsdk.storage.staging import stage_input
stage_input(sys.argv[1], mode="download", folder="nowhere")
"""


@pytest.mark.parametrize(
    ("kind", "url", "code", "words"),
    [
        ("s3", "s3://data/a.txt", STAGE, "DataException: 's3://data/a.txt' cannot be "),
        # As a whole, its library pauses for half a minute between its own attempts.
        ("google", "gs://data/a.txt", ONE_REQUEST, "TimeoutError"),
    ],
)
def test_a_store_that_is_silent_counts_as_broken(
    kind: str, url: str, code: str, words: str, silent_port: int, tmp_path: Path
) -> None:
    store = Store(kind, silent_port, "")
    done = subprocess.run(
        [sys.executable, "-c", code, url],
        env={**os.environ, **store.environment, "PARALLELSDK_STORAGE_TIMEOUT": "0.2"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 1
    assert words in done.stderr


@pytest.mark.timeout(400)
@pytest.mark.parametrize("store", ["azure", "s3", "google", "web"], indirect=True)
def test_a_single_file_is_fetched_and_its_signature_is_told_to_nobody(
    store: Store, tmp_path: Path
) -> None:
    query = "?sig=SECRET" if store.kind == "web" else ""
    code = (
        "import sys; from parallelsdk.storage.staging import stage_input\n"
        "from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches\n"
        "from parallelsdk.data.mini_batch import MiniBatchTable\n"
        "url, folder = sys.argv[1:]\n"
        "print(open(stage_input(url, mode='download', folder=folder)).read().strip())\n"
        "plan_mini_batches(MajorInput(url, 'uri_file', 'direct'), Split(), folder + '/m')\n"
        "print(MiniBatchTable(folder + '/m').names(0)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, store.url("files/0/f1.txt") + query, str(tmp_path)],
        env={**os.environ, **store.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    text, name = done.stdout.splitlines() or (done.stderr, "")
    assert text == "text 1"
    assert name.startswith(store.url("files/0/f1.txt")) and "SECRET" not in name
