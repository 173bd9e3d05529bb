"""What the machine and single processes use, as psutil tells it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class NodeUsage:
    """One look at the machine. Sizes in MB; disk and network since the machine started."""

    cpu_percent: float
    memory_total: float
    memory_available: float
    memory_used: float
    memory_percent: float
    disk_reads: int
    disk_writes: int
    disk_read: float
    disk_written: float
    network_sent: float
    network_received: float
    tcp_connections: int
    udp_sockets: int


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """One look at a process and all its children together."""

    pid: int
    cpu_seconds: float
    memory: float  # resident, in MB
    threads: int
    processes: int


def node_usage() -> NodeUsage:
    """The machine now; the CPU figure is the mean since the call before."""
    memory = psutil.virtual_memory()
    disk = psutil.disk_io_counters()
    network = psutil.net_io_counters()
    tcp = udp = 0
    with contextlib.suppress(psutil.AccessDenied):  # macOS tells only root
        tcp = len(psutil.net_connections("tcp"))
        udp = len(psutil.net_connections("udp"))
    return NodeUsage(
        cpu_percent=psutil.cpu_percent(),
        memory_total=memory.total / _MB,
        memory_available=memory.available / _MB,
        memory_used=memory.used / _MB,
        memory_percent=memory.percent,
        disk_reads=disk.read_count if disk else 0,
        disk_writes=disk.write_count if disk else 0,
        disk_read=disk.read_bytes / _MB if disk else 0.0,
        disk_written=disk.write_bytes / _MB if disk else 0.0,
        network_sent=network.bytes_sent / _MB,
        network_received=network.bytes_recv / _MB,
        tcp_connections=tcp,
        udp_sockets=udp,
    )


def process_usage(pid: int) -> ProcessUsage | None:
    """The process now, or None when it is gone."""
    try:
        family = [root := psutil.Process(pid), *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    seconds, memory, threads, processes = 0.0, 0, 0, 0
    for process in family:
        with contextlib.suppress(psutil.Error), process.oneshot():
            times = process.cpu_times()
            seconds += times.user + times.system
            memory += process.memory_info().rss
            threads += process.num_threads()
            processes += 1
    return ProcessUsage(pid, seconds, memory / _MB, threads, processes)


def memory_of(pid: int) -> int:
    """The resident bytes of the process; 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def free_memory() -> int:
    """The bytes that processes can still have."""
    return int(psutil.virtual_memory().available)


def memory_limit() -> int:
    """The bytes that this machine has, or the container in it that this process lives in."""
    total = int(psutil.virtual_memory().total)
    return min([total, *_limits_of_groups()])


def _limits_of_groups() -> Iterator[int]:
    """What the control groups of this process, of either version, say; Linux alone has them."""
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for group in groups:
        _, kinds, place = group.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        below = ("memory", "memory.limit_in_bytes") if kinds else ("", "memory.max")
        path = Path("/sys/fs/cgroup", below[0], place.lstrip("/"), below[1])
        with contextlib.suppress(OSError, ValueError):  # "max" is no number, and no limit
            yield int(path.read_text())
