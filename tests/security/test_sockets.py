"""S5: no process of a job listens anywhere."""

from __future__ import annotations

import psutil

from parallelsdk import MLClient, load_job
from parallelsdk.constants import TERMINAL_STATUSES
from parallelsdk.jobstore.events import read_events
from tests.end_to_end.conftest import Project


def test_no_process_of_a_job_listens_on_a_socket(project: Project) -> None:
    project.script(
        "import os, time\n"
        "def run(paths):\n"
        "    time.sleep(0.3)\n"
        "    return [os.path.basename(paths[0])]\n"
    )
    client = MLClient()
    name = client.jobs.create_or_update(load_job(project.write())).name
    assert name is not None
    events = project.workspace / "jobs" / name / "events.jsonl"
    listening, most = [], 0
    while client.jobs.get(name).status not in TERMINAL_STATUSES:
        started = [event for event in read_events(events) if event.type == "job_started"]
        if not started:
            continue
        try:
            driver = psutil.Process(started[-1].data["pid"])
            family = [driver, *driver.children(recursive=True)]
            most = max(most, len(family))
            for process in family:
                connections = process.net_connections(kind="inet")
                listening += [c for c in connections if c.status == psutil.CONN_LISTEN]
        except psutil.NoSuchProcess:
            continue
    assert client.jobs.get(name).status == "Completed"
    assert most >= 3, "driver and workers were not seen"
    assert listening == []
