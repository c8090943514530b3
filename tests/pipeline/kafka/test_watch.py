"""Who reads a topic is watched by the age of its last answer and by its lag; tries come ever later."""

from __future__ import annotations

from pipeline.engines.kafka.backoff import Backoff
from pipeline.engines.kafka.watch import Watch


def test_who_is_answered_and_gets_on_is_well() -> None:
    """Also where it is behind, as long as it does something; and idle, for however long."""
    watch = Watch("the reader", 10.0)
    for second in range(100):
        assert watch.see(second, age=1.0, lag=1_000 - second, done=second) == ""
    for second in range(100, 200):
        assert watch.see(second, age=1.0, lag=0, done=100) == ""
    assert watch.stuck == 0.0


def test_an_old_answer_is_said() -> None:
    """With its age."""
    watch = Watch("the reader", 10.0)
    assert watch.see(0.0, age=10.0, lag=0, done=0) == ""
    assert watch.see(1.0, age=11.0, lag=0, done=0) == "the reader has not heard from the brokers for 11 s"
    assert watch.see(2.0, age=0.1, lag=0, done=0) == ""


def test_being_behind_without_getting_on_is_said() -> None:
    """By how much, and for how long; one step ends it."""
    watch = Watch("the worker", 10.0)
    assert watch.see(0.0, age=0.1, lag=0, done=7) == ""
    assert watch.see(5.0, age=0.1, lag=3, done=7) == ""
    assert watch.see(11.0, age=0.1, lag=3, done=7) == "the worker is 3 behind and has not got on for 11 s"
    assert watch.stuck == 11.0
    assert watch.see(12.0, age=0.1, lag=2, done=8) == ""


def test_tries_come_ever_later_until_one_works() -> None:
    """Doubling, up to the longest wait."""
    backoff = Backoff(1.0, 5.0)
    assert [backoff.wait() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.worked()
    assert backoff.wait() == 1.0
