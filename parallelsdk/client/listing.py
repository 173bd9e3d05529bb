"""What a list shows of jobs and assets, some of which are archived."""

from __future__ import annotations

from parallelsdk.constants import ListViewType
from parallelsdk.exceptions import ValidationException


def is_shown(archived: bool, list_view_type: str) -> bool:
    """Whether a list of that view type shows something that is archived, or is not."""
    known = (ListViewType.ACTIVE_ONLY, ListViewType.ARCHIVED_ONLY, ListViewType.ALL)
    if list_view_type not in known:
        raise ValidationException(
            f"{list_view_type!r} is no list_view_type; it is one of {', '.join(known)}."
        )
    if list_view_type == ListViewType.ALL:
        return True
    return archived == (list_view_type == ListViewType.ARCHIVED_ONLY)
