"""The small project of the end-to-end tests, for hostile values."""

from __future__ import annotations

from tests.end_to_end.conftest import Project, project

__all__ = ["Project", "project"]
