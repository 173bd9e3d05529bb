"""The log of events: whole lines in order, and nothing damaged is trusted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from parallelsdk.exceptions import JobException
from parallelsdk.jobstore.events import EventLog, EventReader, read_events


def test_events_come_back_in_order_with_their_numbers(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.append("job_created", steps=[], note='quotes " and ,"crc":1')
    log.append("step_output", type="uri_file", path="caf\udce9")
    events = read_events(tmp_path / "events.jsonl")
    assert [(e.seq, e.type) for e in events] == [(1, "job_created"), (2, "step_output")]
    assert events[0].data["note"] == 'quotes " and ,"crc":1'
    assert events[1].data == {"type": "uri_file", "path": "caf\udce9"}


def test_a_torn_last_line_is_not_read_and_is_cut_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path).append("first")
    with path.open("ab") as file:
        file.write(b'{"seq":2,"time":"2026')
    assert [e.type for e in read_events(path)] == ["first"]
    EventLog(path).append("second")
    assert [(e.seq, e.type) for e in read_events(path)] == [(1, "first"), (2, "second")]


def test_a_changed_line_is_reported_and_never_trusted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path).append("job_finished", status="Failed")
    path.write_bytes(path.read_bytes().replace(b"Failed", b"Passed"))
    with pytest.raises(JobException, match="damaged"):
        read_events(path)


def test_a_reader_gives_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.read() == []
    EventLog(path).append("one")
    assert [e.type for e in reader.read()] == ["one"]
    EventLog(path).append("two")
    assert [e.type for e in reader.read()] == ["two"]


def test_writers_at_once_lose_nothing_and_share_one_numbering(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    def write(name: str) -> None:
        log = EventLog(path)
        for number in range(50):
            log.append(name, durable=False, number=number)

    threads = [threading.Thread(target=write, args=(f"writer{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = read_events(path)
    assert [e.seq for e in events] == list(range(1, 201))
    for name in ("writer0", "writer3"):
        assert [e.data["number"] for e in events if e.type == name] == list(range(50))


def test_a_write_that_comes_to_the_disk_in_pieces_gives_a_whole_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:1]))
    log = EventLog(tmp_path / "events.jsonl")
    log.append("first", text="x" * 100)
    log.append("second")
    assert [event.type for event in read_events(tmp_path / "events.jsonl")] == ["first", "second"]


FULL = """
import resource, sys
from pathlib import Path
from parallelsdk.jobstore.events import EventLog
path = Path(sys.argv[1])
room = path.stat().st_size + 40
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
try:
    EventLog(path).append("step_progress", text="x" * 200)
except OSError as error:
    print(f"told {error.errno}")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_what_a_full_disk_took_of_a_line_is_cut_off_and_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventLog(path).append("first")
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("told "), done.stdout + done.stderr
    assert path.read_bytes() == before
    EventLog(path).append("second")
    assert [event.type for event in read_events(path)] == ["first", "second"]


def test_a_log_tells_its_version_in_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.append("first")
    log.append("second")
    first, second = map(json.loads, path.read_text().splitlines())
    assert first["version"] == 1 and "version" not in second


def test_news_leave_out_only_what_the_next_of_its_kind_and_step_replaces(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log, reader = EventLog(path), EventReader(path)
    for done in range(3):
        log.append("step_progress", step="one", done=done)
        log.append("step_progress", step="two", done=done)
        log.append("step_transfer", step="one", text=str(done))
    log.append("step_started", step="one")
    log.append("step_progress", step="one", done=9)
    log.append("warning", message='","type":"step_progress","data":{"step":"one"')
    told = [(e.type, e.data.get("step"), e.data.get("done")) for e in reader.read_news()]
    assert told == [
        ("step_progress", "one", 2),
        ("step_progress", "two", 2),
        ("step_transfer", "one", None),
        ("step_started", "one", None),
        ("step_progress", "one", 9),
        ("warning", None, None),
    ]
    assert reader.read_news() == []
    assert reader.position.seq == 12


def test_a_damaged_line_is_told_also_where_the_next_one_replaces_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for done in (1, 2):
        EventLog(path).append("step_progress", step="one", done=done)
    path.write_bytes(path.read_bytes().replace(b'"done":1', b'"done":7'))
    reader = EventReader(path)
    with pytest.raises(JobException, match="damaged"):
        reader.read_news()
    assert reader.position.offset == 0
