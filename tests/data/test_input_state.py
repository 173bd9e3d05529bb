"""A mini-batch is loaded from what was planned, or it tells what has become of its files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from parallelsdk.data.input_state import Original
from parallelsdk.data.mini_batch import MiniBatchTable, restate
from parallelsdk.data.mini_batch_writer import MiniBatchWriter
from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches
from parallelsdk.exceptions import DataException
from parallelsdk.storage.state import UNREADABLE, state_of
from tests.data.conftest import write_old_plan

CSV = "transformations: [read_delimited]\npaths: [{pattern: '*.csv'}]\n"
PARQUET = "transformations: [read_parquet]\npaths: [{pattern: '*.parquet'}]\n"
JSON = "transformations: [read_json_lines]\npaths: [{pattern: '*.json'}]\n"


def _shorten(path: Path) -> str:
    path.write_text("n\n1\n")
    return "size .* then, .* now"


def _write_in_place(path: Path) -> str:
    before = path.stat()
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    return "it was written to"


def _replace(path: Path) -> str:
    """As careful tools do: the same size, and the times of the old one."""
    new = path.with_name("new")
    shutil.copy2(path, new)
    os.replace(new, path)
    return "it was replaced"


def _take_away(path: Path) -> str:
    path.unlink()
    return "it is gone"


def _make_a_pipe(path: Path) -> str:
    path.unlink()
    os.mkfifo(path)
    return "it is a FIFO now"


CHANGES = [_shorten, _write_in_place, _replace, _take_away, _make_a_pipe]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["files", "table"])
def test_a_file_that_has_changed_fails_its_mini_batch_with_that_reason_and_no_other(
    make_table: Callable[..., str], tmp_path: Path, kind: str, change: Callable[[Path], str]
) -> None:
    folder = make_table(CSV, {"a.csv": "n\n1\n2\n", "b.csv": "n\n3\n"})
    into = str(tmp_path / "m")
    major = MajorInput(folder, "mltable")
    if kind == "files":
        os.remove(f"{folder}/MLTable")
        major = MajorInput(folder, "uri_folder")
    plan_mini_batches(major, Split(1 if kind == "files" else 10**6), into)
    with MiniBatchTable(into) as table:
        assert table.load(0).items in (1, 2)
        words = change(Path(folder, "a.csv"))
        with pytest.raises(DataException, match=f"a.csv' has changed since the job began: {words}"):
            table.load(0)
        assert table.load(1).items == 1


def test_a_file_that_changes_while_run_has_it_in_hand_is_noticed_afterwards(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("a")
    plan_mini_batches(MajorInput(str(tmp_path / "in"), "uri_folder"), Split(), str(tmp_path / "m"))
    with MiniBatchTable(str(tmp_path / "m")) as table:
        table.load(0)
        assert table.change(0) is None
        (tmp_path / "in" / "a").write_text("longer")
        assert "a' has changed since the job began: size 1 then, 6 now" in str(table.change(0))


def test_times_in_the_future_or_the_past_are_no_change(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, moment in enumerate((0, 2**33, 10)):
        (tmp_path / "in" / str(number)).touch()
        os.utime(tmp_path / "in" / str(number), (moment, moment))
    plan_mini_batches(MajorInput(str(tmp_path / "in"), "uri_folder"), Split(), str(tmp_path / "m"))
    with MiniBatchTable(str(tmp_path / "m")) as table:
        assert table.load(0).items == 3


def _broken(folder: Path, suffix: str) -> dict[str, str]:
    """Files of each kind that cannot be read, by the words that tell so."""
    (folder / f"b.{suffix}").symlink_to("nowhere")
    (folder / f"c.{suffix}").symlink_to(f"c.{suffix}")
    os.mkfifo(folder / f"d.{suffix}")
    (folder / f"e.{suffix}").mkdir()
    (folder / f"e.{suffix}").rmdir()
    (folder / f"e.{suffix}").symlink_to("/proc/self/mem-of-nobody")
    return {
        f"b.{suffix}": "it is a link to 'nowhere', and nothing is there",
        f"c.{suffix}": "Too many levels of symbolic links",
        f"d.{suffix}": "is a FIFO, not a file",
        f"e.{suffix}": "nothing is there",
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize("split", [Split(1), Split(bytes=1)], ids=["count", "bytes"])
def test_files_of_a_list_that_cannot_be_read_concern_their_own_mini_batch(
    tmp_path: Path, split: Split
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.csv", "z.csv"):
        (folder / name).write_text("n\n1\n")
    words = _broken(folder, "csv")
    plan_mini_batches(MajorInput(str(folder), "uri_folder"), split, str(tmp_path / "m"))
    told: dict[str, str] = {}
    good = []
    with MiniBatchTable(str(tmp_path / "m"), whole=True) as table:
        for number in range(table.count):
            names = [Path(os.fsdecode(path)).name for path in table.paths(number)]
            if len(names) > 1:  # what has no bytes goes with its neighbours
                told.update(dict.fromkeys(set(names) & words.keys(), "in company"))
                continue
            try:
                good += [os.path.basename(path) for path in table.load(number).value]
            except DataException as error:
                told[names[0]] = str(error)
    assert told.keys() == words.keys()
    if split.bytes == 0:
        assert good == ["a.csv", "z.csv"]
        assert all(words[name] in told[name] and name in told[name] for name in words)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("document", "suffix"), [(CSV, "csv"), (PARQUET, "parquet"), (JSON, "json")]
)
@pytest.mark.parametrize(
    "split",
    [Split(10**6), Split(rows=1), Split(keys=("n",))],
    ids=["bytes", "rows", "keys"],
)
def test_files_of_a_table_that_cannot_be_read_concern_their_own_mini_batch(
    make_table: Callable[..., str], tmp_path: Path, document: str, suffix: str, split: Split
) -> None:
    folder = Path(make_table(document, {}))
    for name, value in (("a", 1), ("z", 2)):
        path = folder / f"{name}.{suffix}"
        if suffix == "parquet":
            parquet.write_table(pa.table({"n": [value]}), path)
        else:
            path.write_text(f"n\n{value}\n" if suffix == "csv" else f'{{"n": {value}}}\n')
    words = _broken(folder, suffix)
    if suffix == "parquet":
        (folder / "f.parquet").write_text("torn")
        words["f.parquet"] = "is no readable Parquet file"
    summary = plan_mini_batches(MajorInput(str(folder), "mltable"), split, str(tmp_path / "m"))
    rows, told = [], {}
    with MiniBatchTable(str(tmp_path / "m")) as table:
        for number in range(summary.count):
            try:
                rows += table.load(number).value["n"].tolist()
            except DataException as error:
                told[Path(os.fsdecode(table.paths(number)[0])).name] = str(error)
    assert rows == [1, 2]
    assert told.keys() == words.keys()
    for name, text in told.items():
        spooled = name == "f.parquet" and split.keys
        assert (words[name] in text or spooled) and name in text, text


def test_a_table_of_which_no_file_can_be_read_is_refused_with_the_first_reason(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    folder = make_table(CSV, {})
    os.mkfifo(f"{folder}/a.csv")
    with pytest.raises(DataException, match=r"a\.csv' is a FIFO, not a file"):
        plan_mini_batches(MajorInput(folder, "mltable"), Split(), str(tmp_path / "m"))


def test_a_file_that_could_not_be_read_and_now_can_is_not_taken_in_unnoticed(
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").symlink_to("../target")
    plan_mini_batches(MajorInput(str(tmp_path / "in"), "uri_folder"), Split(), str(tmp_path / "m"))
    (tmp_path / "target").touch()
    with (
        MiniBatchTable(str(tmp_path / "m")) as table,
        pytest.raises(DataException, match=r"could not be read when the job began.*resume"),
    ):
        table.load(0)
    restate(str(tmp_path / "m"), Original())
    with MiniBatchTable(str(tmp_path / "m")) as table:
        assert table.load(0).items == 1


def test_rows_that_nobody_could_read_are_not_taken_in_when_the_plan_is_written_anew(
    make_table: Callable[..., str], tmp_path: Path
) -> None:
    folder = Path(make_table(CSV, {"a.csv": "n\n1\n"}))
    (folder / "b.csv").symlink_to("nowhere.txt")
    plan_mini_batches(MajorInput(str(folder), "mltable"), Split(), str(tmp_path / "m"))
    (folder / "nowhere.txt").write_text("n\n2\n")
    restate(str(tmp_path / "m"), Original())
    with MiniBatchTable(str(tmp_path / "m")) as table:
        assert len(table.load(0).value) == 1
        with pytest.raises(DataException, match=r"b\.csv' could not be read when its table"):
            table.load(1)


def test_private_copies_are_the_steps_own_and_are_kept_with_the_states_of_their_originals(
    tmp_path: Path,
) -> None:
    for name in ("data", "copy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("a")
    original = Original(str(tmp_path / "copy"), str(tmp_path / "data"))
    major = MajorInput(str(tmp_path / "copy"), "uri_folder", original=original)
    plan_mini_batches(major, Split(), str(tmp_path / "m"))
    (tmp_path / "copy" / "a").write_text("changed by the step")
    with MiniBatchTable(str(tmp_path / "m")) as table:
        assert table.load(0).items == 1
        assert table.change(0) is None
        assert table.states(0) == [state_of(str(tmp_path / "data" / "a"))]


def test_a_plan_is_read_wherever_its_workspace_lies_by_now(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    step = root / "jobs" / "one" / "steps" / "second"
    inside = root / "jobs" / "one" / "steps" / "first" / "outputs" / "rows" / "a"
    for path in (inside, tmp_path / "elsewhere" / "b"):
        path.parent.mkdir(parents=True)
        path.write_text("a")
    step.mkdir(parents=True)
    with MiniBatchWriter(str(step / "mini_batches.arrow"), root=str(root)) as writer:
        for path in (inside, tmp_path / "elsewhere" / "b"):
            writer.add([(os.fsencode(path), 0, -1)], 1, states=[state_of(str(path))])
    moved = tmp_path / "deep" / "moved"
    shutil.copytree(root, moved)
    into = str(moved / "jobs" / "one" / "steps" / "second" / "mini_batches.arrow")
    with MiniBatchTable(into) as table:
        assert table.is_moved
        assert os.fsdecode(table.paths(0)[0]) == str(inside).replace(str(root), str(moved))
        assert os.fsdecode(table.paths(1)[0]) == str(tmp_path / "elsewhere" / "b")
    restate(into, Original())
    with MiniBatchTable(into) as table:
        assert not table.is_moved
        assert table.load(0).value == [str(inside).replace(str(root), str(moved))]
    with MiniBatchTable(str(step / "mini_batches.arrow")) as table:
        assert table.load(0).value == [str(inside)]


def test_a_flipped_bit_anywhere_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with MiniBatchWriter(str(path)) as writer:
        for number in range(3):
            writer.add([(b"/somewhere/%d" % number, 0, -1)], 1, {"key": "value"})
    whole = path.read_bytes()
    for place in (*range(0, len(whole), 5), *range(len(whole) - 90, len(whole))):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(DataException, match=f"{path} is damaged"):
            MiniBatchTable(str(path), whole=True).close()
        with (
            pytest.raises(DataException, match=f"{path} is damaged"),
            MiniBatchTable(str(path)) as table,
        ):
            table.names(2)


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with MiniBatchWriter(str(path)) as writer:
        writer.add([(b"/somewhere", 0, -1)], 1)
    whole = path.read_bytes()
    for length in (*range(0, len(whole), 9), *range(len(whole) - 90, len(whole))):
        path.write_bytes(whole[:length])
        with pytest.raises(DataException, match=f"{path} is damaged"):
            MiniBatchTable(str(path), whole=True).close()


def test_a_plan_of_an_earlier_release_is_still_read(tmp_path: Path) -> None:
    write_old_plan(tmp_path / "m", [os.fsencode(tmp_path / "a")])
    (tmp_path / "a").touch()
    with MiniBatchTable(str(tmp_path / "m"), whole=True) as table:
        assert not table.has_states
        assert table.load(0).value == [str(tmp_path / "a")]
    restate(str(tmp_path / "m"), Original())
    with MiniBatchTable(str(tmp_path / "m"), whole=True) as table:
        assert table.states(0) == [state_of(str(tmp_path / "a"))]


def test_a_table_that_changes_while_it_is_split_is_not_split(
    make_table: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_table(CSV, {"a.csv": "n\n" + "1\n" * 1000})
    add = MiniBatchWriter.add

    def change_and_add(self: Any, *arguments: Any) -> None:
        with open(f"{folder}/a.csv", "a") as file:
            file.write("2\n")
        add(self, *arguments)

    monkeypatch.setattr(MiniBatchWriter, "add", change_and_add)
    with pytest.raises(DataException, match=r"a\.csv' changed while its table was split"):
        plan_mini_batches(MajorInput(folder, "mltable"), Split(100), str(tmp_path / "m"))
    assert not (tmp_path / "m").exists()


def test_a_folder_that_may_not_be_read_concerns_its_own_mini_batch() -> None:
    """As another user: the superuser, whom tests may run as, reads everything."""
    code = (
        "import os, sys\n"
        "from parallelsdk.data.mini_batch import MiniBatchTable\n"
        "from parallelsdk.data.partition import MajorInput, Split, plan_mini_batches\n"
        "os.chdir(sys.argv[1])\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "plan_mini_batches(MajorInput('in', 'uri_folder'), Split(1), 'out/m')\n"
        "table = MiniBatchTable('out/m')\n"
        "for number in range(table.count):\n"
        "    try: open(table.load(number).value[0]).close()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
        "    else: print('read')\n"
    )
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        for file in ("a", "closed/x", "z"):
            (folder / "in" / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / "in" / file).touch()
        (folder / "in" / "unreadable").touch(0)
        (folder / "in" / "closed").chmod(0)
        (folder / "out").mkdir()
        (folder / "out").chmod(0o777)
        folder.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", code, name], capture_output=True, text=True, check=False
        )
        (folder / "in" / "closed").chmod(0o700)
    lines = done.stdout.splitlines()
    kinds = ["read", "UnreadableFileError", "PermissionError", "read"]
    assert [line.split()[0] for line in lines] == kinds, done.stderr
    assert "closed' is a folder that cannot be read: Permission denied" in lines[1]
    assert "unreadable" in lines[2]


def test_what_is_no_file_has_no_state(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing"):
        assert state_of(str(path)) == UNREADABLE
