"""``Job``: what pipeline jobs and steps have in common, for code that asks ``isinstance``.

Alone, because nodes and jobs are files of their own and neither stands above the other.
"""

from __future__ import annotations


class Job:
    """Anything that can be submitted or be a step."""
