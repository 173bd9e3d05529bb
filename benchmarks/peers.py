"""One function per way to map a function over mini-batches, results in order; some are optional."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence

Run = Callable[[list[str]], list[str]]
Peer = Callable[[Run, Sequence[list[str]], int], list[list[str]]]


def serial(run: Run, mini_batches: Sequence[list[str]], workers: int) -> list[list[str]]:
    """A loop in this process."""
    return [run(mini_batch) for mini_batch in mini_batches]


def futures(run: Run, mini_batches: Sequence[list[str]], workers: int) -> list[list[str]]:
    """concurrent.futures, one task per mini-batch."""
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(run, mini_batches))


def loky(run: Run, mini_batches: Sequence[list[str]], workers: int) -> list[list[str]]:
    """loky, one task per mini-batch."""
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(run, mini_batches))


def joblib(run: Run, mini_batches: Sequence[list[str]], workers: int) -> list[list[str]]:
    """joblib, which groups short tasks by itself."""
    from joblib import Parallel, delayed

    tasks = (delayed(run)(mini_batch) for mini_batch in mini_batches)
    return list(Parallel(n_jobs=workers)(tasks))


def installed() -> dict[str, Peer]:
    """The peers that can run here."""
    peers: dict[str, Peer] = {"serial loop": serial, "concurrent.futures": futures}
    for name, peer in (("loky", loky), ("joblib", joblib)):
        if importlib.util.find_spec(name) is not None:
            peers[name] = peer
    return peers
