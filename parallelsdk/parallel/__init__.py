"""``parallel_run_function``: a step that runs an entry script over mini-batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallelsdk._lazy import lazy_exports

if TYPE_CHECKING:
    from parallelsdk.parallel._job import ParallelJob as ParallelJob
    from parallelsdk.parallel._run_function import RunFunction as RunFunction
    from parallelsdk.parallel._run_function import parallel_run_function as parallel_run_function

__all__ = ["ParallelJob", "RunFunction", "parallel_run_function"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ParallelJob": "parallelsdk.parallel._job",
        "RunFunction": "parallelsdk.parallel._run_function",
        "parallel_run_function": "parallelsdk.parallel._run_function",
    },
)
