"""Waiting for what was begun."""

from __future__ import annotations

import pytest

from parallelsdk.client.poller import Poller, over


def test_what_was_done_at_once_answers_at_once() -> None:
    poller = over(5)
    assert (poller.done(), poller.status(), poller.result()) == (True, "Succeeded", 5)


def test_the_answer_waits_for_the_end() -> None:
    looks = iter([False, False, False, True, True, True])
    poller = Poller(lambda: next(looks), lambda: "done")
    assert poller.status() == "InProgress"
    assert poller.result(timeout=60) == "done"


def test_waiting_ends_after_the_time_that_was_given() -> None:
    poller = Poller(lambda: False, lambda: None)
    poller.wait(0.01)
    with pytest.raises(TimeoutError, match="it goes on"):
        poller.result(timeout=0.01)
