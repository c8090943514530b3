"""Turns: large messages are written a budget's worth at once, in the order they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.xds.turns import Turn, Turns


def asked(turns: Turns, begun: list[int], *sizes: int) -> list[Turn]:
    """Ask for turns of these sizes; `begun` gets the place of each that comes."""
    return [turns.ask(size, lambda place=place: begun.append(place)) for place, size in enumerate(sizes)]  # type: ignore[misc]


def test_turns_come_while_the_budget_lasts_and_in_order() -> None:
    """A small message does not overtake a large one that waits."""
    turns, begun = Turns(10), list[int]()
    first, second, *_ = asked(turns, begun, 6, 6, 1)
    assert begun == [0]
    turns.give_back(first)
    assert begun == [0, 1, 2]
    turns.give_back(second)
    assert begun == [0, 1, 2]


def test_a_message_larger_than_the_budget_has_its_turn_alone() -> None:
    """It neither waits for ever nor shares."""
    turns, begun = Turns(10), list[int]()
    large, _ = asked(turns, begun, 25, 1)
    assert begun == [0]
    turns.give_back(large)
    assert begun == [0, 1]


def test_who_stops_waiting_holds_nobody_up() -> None:
    """A stream that ends while it waits leaves the line; giving back twice is giving back once."""
    turns, begun = Turns(10), list[int]()
    first, second, _, _ = asked(turns, begun, 10, 10, 6, 6)
    turns.give_back(second)
    turns.give_back(second)
    turns.give_back(first)
    turns.give_back(first)
    assert begun == [0, 2]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_everybody_has_a_turn_and_the_budget_holds(sizes: list[int], random: object) -> None:
    """Whatever the order in which turns end, all come, and never more than the budget but for one alone."""
    turns, begun = Turns(10), list[int]()
    given_back: set[int] = set()
    all_turns = asked(turns, begun, *sizes)
    while len(given_back) < len(sizes):
        open_now = [place for place in begun if place not in given_back]
        assert len(open_now) == 1 or sum(sizes[place] for place in open_now) <= 10
        place = random.choice(open_now)  # type: ignore[attr-defined]
        given_back.add(place)
        turns.give_back(all_turns[place])
    assert begun == list(range(len(sizes)))
