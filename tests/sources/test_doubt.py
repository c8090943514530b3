"""What is not believed at first sight, on a clock of the test's own."""

from __future__ import annotations

from galley.sources.doubt import LONGEST, STILL_OPEN, Doubt, Doubts


def test_what_is_beyond_doubt_is_believed() -> None:
    """At once, and nothing is remembered."""
    doubts = Doubts()
    assert doubts.believes("a", 1, None, 10.0)
    assert doubts.due is None


def test_what_stays_the_same_is_believed_after_a_moment() -> None:
    """Not before."""
    grace, _ = Doubt.FAULTY.value
    doubts = Doubts()
    assert not doubts.believes("a", 1, Doubt.FAULTY, 10.0)
    assert doubts.due == 10.0 + grace
    assert not doubts.believes("a", 1, Doubt.FAULTY, 10.0 + grace / 2)
    assert doubts.believes("a", 1, Doubt.FAULTY, 10.0 + grace)
    doubts.keep((), 10.0 + grace)
    assert [doubts.due] == [None]


def test_what_keeps_changing_is_believed_within_a_second() -> None:
    """Each change puts it off, up to a bound that counts from the first."""
    doubts, now = Doubts(), 10.0
    while not doubts.believes("a", now, Doubt.FAULTY, now):
        now += 0.05
    assert 10.0 + Doubt.FAULTY.value[1] <= now < 11.0


def test_what_is_mended_meanwhile_is_forgotten() -> None:
    """The next doubt begins anew."""
    doubts = Doubts()
    doubts.believes("a", 1, Doubt.FAULTY, 10.0)
    assert doubts.believes("a", 2, None, 10.1)
    assert not doubts.believes("a", 1, Doubt.FAULTY, 10.3)


def test_what_is_missing_from_an_open_file_is_waited_for() -> None:
    """Until nobody has written for long, or it is closed."""
    doubts = Doubts()
    assert not doubts.believes("a", 1, Doubt.FEWER, 10.0, written=9.9)
    assert not doubts.believes("a", 1, Doubt.FEWER, 12.0, written=9.9)
    assert doubts.believes("a", 1, Doubt.FEWER, 9.9 + STILL_OPEN, written=9.9)


def test_what_is_looked_at_no_more_is_forgotten() -> None:
    """So that nobody waits for it."""
    doubts = Doubts()
    doubts.believes("a", 1, Doubt.FAULTY, 10.0)
    doubts.believes("b", 1, Doubt.FAULTY, 10.1)
    doubts.keep({"b"}, 10.1)
    assert doubts.due == 10.1 + Doubt.FAULTY.value[0]


def test_what_waits_for_others_stays_believed() -> None:
    """Believed but kept back because of another, it does not begin anew, and is no reason to look at once."""
    grace = Doubt.FEWER.value[0]
    doubts = Doubts()
    doubts.believes("a", 1, Doubt.FEWER, 10.0)
    doubts.keep("a", 10.0)
    now = 10.0 + grace
    assert doubts.believes("a", 1, Doubt.FEWER, now)
    assert not doubts.believes("b", 1, Doubt.FEWER, now)
    doubts.keep("ab", now)
    assert doubts.due == now + grace
    assert doubts.believes("a", 1, Doubt.FEWER, now + grace)
    assert doubts.believes("b", 1, Doubt.FEWER, now + grace)


def test_others_wait_for_a_second_at_most() -> None:
    """However long it is open."""
    doubts = Doubts()
    doubts.believes("a", 1, Doubt.FEWER, 10.0, written=10.0)
    doubts.keep("a", 10.0)
    assert not doubts.are_old(10.0 + LONGEST - 0.1)
    assert doubts.due == 10.0 + LONGEST
    assert doubts.are_old(10.0 + LONGEST)
