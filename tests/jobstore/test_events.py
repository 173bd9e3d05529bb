"""The log of events: whole lines in order, and nothing damaged is trusted."""

from __future__ import annotations

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
