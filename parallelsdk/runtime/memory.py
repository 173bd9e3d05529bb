"""How large the workers were when they were last seen, for the one that the kernel has killed."""

from __future__ import annotations

from collections.abc import Mapping

from parallelsdk._units import format_bytes
from parallelsdk.backends._resources import free_memory, memory_limit, memory_of

LOOK_SECONDS = 1.0


class MemoryWatch:
    """Looks at processes, at most once a second."""

    def __init__(self) -> None:
        self._looked = -LOOK_SECONDS
        self._sizes: dict[str, tuple[float, int]] = {}  # worker -> when, bytes
        self._free = 0

    def look(self, workers: Mapping[str, int | None], now: float) -> None:
        """Note the sizes of the workers, given with their processes, unless that was just done."""
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        self._free = free_memory()
        before = self._sizes
        # One that is dead already has no size any more, and its end has still to be told.
        self._sizes = {key: before[key] for key in workers if key in before}
        for key, pid in workers.items():
            size = memory_of(pid) if pid is not None else 0
            if size:
                self._sizes[key] = now, size

    def story(self, worker: str, now: float) -> str:
        """What may have led to a SIGKILL that was not ours."""
        at, size = self._sizes.pop(worker, (now, 0))
        machine = f"this machine has {format_bytes(memory_limit())}"
        if not size:
            return f"memory may have run out: {machine}"
        return (
            f"memory may have run out: the worker had {format_bytes(size)} when it was last seen, "
            f"{now - at:.1f} s before; {machine}, of which {format_bytes(self._free)} were free"
        )
