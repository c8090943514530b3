"""When to look at what, on a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galley.sources.hints import BURST, LONGEST, MOST_PATHS, PATIENCE, QUIET, Event, Hints, Taken

EVENTS = st.tuples(st.sampled_from("abc"), st.sampled_from(Event), st.floats(0, 0.1))


def test_nothing_happened() -> None:
    """There is nothing to act on."""
    assert Hints().due is None


def test_a_change_alone_is_looked_at_at_once() -> None:
    """It waits for the shortest time only."""
    hints = Hints()
    hints.note("a", Event.WRITTEN, 10.0)
    assert hints.due == 10.0 + QUIET
    assert hints.take(10.0 + QUIET) == Taken(frozenset("a"), everything=False)
    assert hints.due is None


def test_a_rename_is_one_change() -> None:
    """What it leaves behind is looked at too, but does not make it a burst."""
    hints = Hints()
    hints.note("new", Event.WRITING, 10.0)
    hints.note("new", Event.GONE, 10.001)
    hints.note("a", Event.WRITTEN, 10.001)
    assert hints.due == 10.001 + QUIET
    assert hints.take(10.01).paths == {"a", "new"}


def test_a_burst_is_waited_out_but_not_for_ever() -> None:
    """Each event puts it off a little, up to a bound that counts from the first."""
    hints, now = Hints(), 10.0
    for _ in range(100):
        for path in "ab":
            now += 0.01
            hints.note(path, Event.WRITTEN, now)
            assert hints.due is not None
            assert hints.due <= 10.01 + LONGEST
    assert hints.due == 10.01 + LONGEST


def test_what_follows_a_burst_belongs_to_it() -> None:
    """A straggler waits as the burst did, so that the next ones join it."""
    hints = Hints()
    hints.note("a", Event.WRITTEN, 10.0)
    hints.note("b", Event.WRITTEN, 10.0)
    hints.take(10.02)
    hints.note("c", Event.WRITTEN, 10.025)
    assert hints.due == 10.025 + BURST
    hints.take(10.045)
    hints.note("c", Event.WRITTEN, 11.0)
    assert hints.due == 11.0 + QUIET


def test_a_file_that_is_being_written_is_left_alone_until_it_is_closed() -> None:
    """Changing its times meanwhile does not count as closing."""
    hints = Hints()
    hints.note("a", Event.WRITING, 10.0)
    hints.note("a", Event.TOUCHED, 10.1)
    assert hints.due == 10.0 + PATIENCE
    assert hints.is_open("a", 10.1)
    assert hints.last_written("a") == 10.0
    hints.note("a", Event.WRITTEN, 10.2)
    assert hints.due == 10.2 + QUIET
    assert not hints.is_open("a", 10.2)
    assert hints.last_written("a") is None


def test_patience_has_an_end() -> None:
    """A file that nobody closes is looked at all the same, and again only after it was written to again."""
    hints = Hints()
    hints.note("a", Event.WRITING, 10.0)
    hints.note("a", Event.WRITING, 10.5)
    assert hints.due == 10.0 + PATIENCE
    assert hints.take(10.0 + PATIENCE).paths == {"a"}
    assert [hints.due] == [None]
    hints.note("a", Event.WRITING, 10.7)
    assert hints.due == 10.0 + 2 * PATIENCE


def test_what_is_written_while_others_are_looked_at_is_not_forgotten() -> None:
    """Also where the clock stands still."""
    hints = Hints()
    hints.note("a", Event.WRITTEN, 10.0)
    hints.note("b", Event.WRITING, 10.0)
    hints.take(10.0)
    assert hints.due == 10.0 + PATIENCE


def test_a_burst_that_goes_on_is_known_to() -> None:
    """What was found in the middle of it is better looked at again, but not for ever."""
    hints = Hints()
    hints.note_everything(10.0)
    hints.take(10.02)
    assert not hints.goes_on(10.02)
    hints.note("a", Event.WRITING, 10.03)
    assert hints.goes_on(10.03)
    hints.note("a", Event.WRITTEN, 10.04)
    assert hints.goes_on(10.04)
    hints.take(10.06)
    hints.note("b", Event.WRITTEN, 10.03 + LONGEST)
    assert not hints.goes_on(10.03 + LONGEST)


def test_many_paths_are_everything() -> None:
    """Above a number of paths one walk is cheaper."""
    hints = Hints()
    for number in range(MOST_PATHS + 1):
        hints.note(str(number), Event.WRITTEN, 10.0)
    assert hints.take(11.0).everything


@given(st.lists(EVENTS, max_size=40))
def test_no_event_is_forgotten(events: list[tuple[str, Event, float]]) -> None:
    """Every path that something happened to is looked at, after the last event and not long after."""
    hints, now = Hints(), 10.0
    last: dict[str, float] = {}
    looked: dict[str, float] = {}
    for path, event, pause in events:
        _look(hints, looked, now + pause)
        now += pause
        hints.note(path, event, now)
        last[path] = now
    _look(hints, looked, now + 10)
    assert hints.due is None
    assert looked.keys() == last.keys()
    for path, at in looked.items():
        assert last[path] <= at <= last[path] + PATIENCE + LONGEST


def _look(hints: Hints, looked: dict[str, float], until: float) -> None:
    """Do what the source does, up to a time."""
    while (due := hints.due) is not None and due <= until:
        looked |= dict.fromkeys(hints.take(due).paths, due)
