"""How many threads each worker's numerical libraries may use: its share of the cores.

By themselves they use one for each core, in every worker, and all of them together are slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Of OpenMP, the libraries of linear algebra, numba and numexpr; those that loky sets for its tasks.
VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def share_of_cores(workers: int, cores: int) -> int:
    """The threads of each of so many workers."""
    return max(1, cores // workers)


def thread_variables(threads: int, given: Mapping[str, str]) -> dict[str, str]:
    """The variables for a worker; what the user has ``given`` stays."""
    return {name: str(threads) for name in VARIABLES if name not in given}
