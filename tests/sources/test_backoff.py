"""How long a source waits before it tries again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galley.sources.backoff import Backoff, jittered


@given(st.integers(1, 40))
def test_pauses_grow_to_a_bound_and_are_spread(attempts: int) -> None:
    """Each pause lies in the upper half of its step; no step is longer than the bound."""
    backoff = Backoff(soonest=0.1, latest=5.0)
    for attempt in range(attempts):
        step = min(5.0, 0.1 * 2**attempt)
        assert step / 2 <= backoff.pause() <= step


def test_a_success_begins_again() -> None:
    """After `reset` the pause is the shortest again."""
    backoff = Backoff(soonest=0.1, latest=60.0)
    for _ in range(10):
        backoff.pause()
    backoff.reset()
    assert backoff.pause() <= 0.1


def test_what_the_server_asks_is_kept_within_the_bound() -> None:
    """A server's wish to be left alone is granted, but not for hours."""
    assert Backoff(soonest=0.1, latest=5.0).pause(asked=3.0) == 3.0
    assert Backoff(soonest=0.1, latest=5.0).pause(asked=3600.0) == 5.0


@given(st.floats(0.1, 1000))
def test_polls_are_spread_by_a_tenth(interval: float) -> None:
    """A poll comes about when it should."""
    assert interval * 0.89 <= jittered(interval) <= interval * 1.11
