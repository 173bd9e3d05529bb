"""Asking a store again: so often as connections break, and no longer."""

from __future__ import annotations

import time

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.storage.remote import attempt


class ReadTimeoutError(Exception):
    """What a store's library calls its own error."""


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ConnectionError("reset"), 6),
        (TimeoutError(), 2),
        (ReadTimeoutError("silent"), 2),
        (PermissionError("no"), 1),
    ],
)
def test_what_may_pass_is_tried_again(
    error: Exception, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    made = []

    def ask() -> None:
        made.append(1)
        raise error

    with pytest.raises(DataException, match="s3://bucket/a' cannot be read"):
        attempt("s3://bucket/a", ask)
    assert len(made) == calls
