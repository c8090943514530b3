"""Events wait within bounds: the newest stay, and what went is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sinks.kafka.event_queue import EventQueue


@given(
    st.lists(st.one_of(st.binary(max_size=9), st.integers(1, 5)), max_size=60), st.integers(1, 8), st.integers(1, 30)
)
def test_what_is_taken_comes_out_once_in_order_or_is_counted(acts: list[bytes | int], most: int, size: int) -> None:
    """Whatever is added while some of it is under way; and never more than the bounds, but for the last one."""
    queue = EventQueue(most, size)
    added: list[bytes] = []
    sent: list[bytes] = []
    for act in acts:
        if isinstance(act, int):
            end, found = queue.next(act)
            sent += found
            queue.done(end)
        else:
            added.append(act)
            queue.add(act)
        waiting = queue.next(1_000)[1]
        assert len(queue) == len(waiting) <= most
        assert sum(map(len, waiting)) <= size or len(waiting) == 1
        assert added[len(added) - len(waiting) :] == waiting
        assert len(sent) + len(waiting) + queue.dropped == len(added)


def test_what_fails_is_sent_again_and_what_was_dropped_meanwhile_is_not_waited_for() -> None:
    """Acknowledged after the queue has run over: nothing is forgotten twice."""
    queue = EventQueue(most=3)
    for number in range(3):
        queue.add(b"%d" % number)
    assert queue.next(2)[1] == [b"0", b"1"]
    end, under_way = queue.next(2)
    assert under_way == [b"0", b"1"]
    queue.add(b"3")
    queue.done(end)
    assert queue.next(9)[1] == [b"2", b"3"]
    assert queue.dropped == 1
