"""Random histories of a mesh: what several places say of a few objects, as strategies and plain functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.stages.state import State
from pipeline.stages.step import Step, step
from tests.pipeline.builders import batch, delete, origin, policy, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.model.change import Change
    from pipeline.stages.policy import Policy

NAMES = ("a", "b", "c", "d")
PLACES = (("files", "one.yaml"), ("files", "two.yaml"), ("git", "one.yaml"))

values = st.sampled_from([1, 2, 3])
good_and_bad = st.sampled_from([1, 2, 3, "bad"])


def changes(said: st.SearchStrategy[object]) -> st.SearchStrategy[Change]:
    """Return changes to a few objects at a few places."""
    place = st.sampled_from(PLACES)
    line = st.integers(1, 3)
    name = st.sampled_from(NAMES)
    upserts = st.builds(
        lambda name, value, place, line: upsert(name, value, at=origin(place[1], line, place[0])),
        name,
        said,
        place,
        line,
    )
    deletes = st.builds(lambda name, place: delete(name, at=origin(place[1], source=place[0])), name, place)
    return st.one_of(upserts, upserts, deletes)


def histories(said: st.SearchStrategy[object]) -> st.SearchStrategy[list[list[Change]]]:
    """Return lists of batches."""
    return st.lists(st.lists(changes(said), min_size=1, max_size=4), max_size=12)


def run(batches: Iterable[Sequence[Change]], rules: Policy | None = None) -> tuple[State, list[Step]]:
    """Step a new state through batches, each an entry of its own."""
    state = State()
    chosen = rules or policy(guard_count=1_000)
    steps = [
        step(state, Entry(sequence=number, batches=(batch(*said, at=float(number)),)), chosen)
        for number, said in enumerate(batches, start=1)
    ]
    return state, steps


def content(state: State) -> dict[str, str]:
    """Return what is served, as digests by name."""
    return {key.name: resource.digest for key, resource in state.mesh.items()}
