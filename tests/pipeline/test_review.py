"""A restart with other rules: what is judged otherwise now is said again, and pins hold on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model.batch import Entry
from pipeline.model.change import Pinned
from pipeline.model.digest import Digest
from pipeline.model.resource import canonical
from pipeline.stages.policy import Policy
from pipeline.stages.review import reconcile, review
from pipeline.stages.step import step
from tests.pipeline.builders import as_is, batch, judge, key, origin, policy, thing, upsert
from tests.pipeline.meshes import content, run

if TYPE_CHECKING:
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.resource import Resource
    from pipeline.stages.state import State


def lenient(resource: Resource) -> tuple[Diagnostic, ...]:
    """Find fault with nothing."""
    assert resource.key
    return ()


def wrapped(resource: Resource) -> Resource:
    """Normalise by changing the content."""
    return replace(resource, spec=canonical({"value": "normal"}), digest=Digest(""))


def reviewed(state: State, rules: Policy) -> State:
    """Do what an engine does at its start."""
    reconcile(state, rules)
    step(state, Entry(sequence=state.sequence + 1, batches=(batch(*review(state, rules), source="galley"),)), rules)
    return state


def test_what_a_newer_version_accepts_is_served_without_being_touched() -> None:
    """An object that was held is served once its judge has no fault to find any more; and held again the other way."""
    state, _ = run([[upsert("a", 1)], [upsert("a", "bad")]])
    reviewed(state, Policy(judge=lenient, normalise=as_is))
    assert content(state) == {"a": thing("a", "bad").digest}
    reviewed(state, Policy(judge=judge, normalise=as_is))
    (claim,) = state.claims[key("a")].values()
    assert not claim.accepted
    assert content(state) == {"a": thing("a", "bad").digest}, "what was good is served on"


def test_another_precedence_is_another_mesh() -> None:
    """The settings' new order of sources takes effect at the start, as a revision."""
    state, _ = run([[upsert("a", 1), upsert("a", 2, at=origin("x.yaml", source="git"))]])
    assert content(state) == {"a": thing("a", 1).digest}
    before = state.revision
    reviewed(state, policy(precedence=("git",)))
    assert content(state) == {"a": thing("a", 2).digest}
    assert state.revision != before


def test_a_source_that_is_no_longer_configured_claims_nothing() -> None:
    """What it claimed goes, in a revision that the guard watches; what others claim stays."""
    state, _ = run([[upsert("a", 1), upsert("b", 2, at=origin("x.yaml", source="git"))]])
    reviewed(state, replace(policy(), places=(("files", "/files"),)))
    assert list(content(state)) == ["a"]


def test_a_pin_holds_on_where_only_our_own_rules_changed() -> None:
    """The source said nothing newer, so the rollback stands; its next word lifts it."""
    state, _ = run([[upsert("a", 1)], [upsert("a", 2)]])
    pin = Pinned(key=key("a"), resource=thing("a", 1), against=thing("a", 2).digest, revision=1)
    step(state, Entry(sequence=3, batches=(batch(pin),)), policy())
    rules = Policy(judge=judge, normalise=wrapped)
    reviewed(state, rules)
    assert content(state) == {"a": thing("a", 1).digest}
    assert list(state.pins) == [key("a")]
    assert review(state, rules) == ()
    step(state, Entry(sequence=state.sequence + 1, batches=(batch(upsert("a", "bad")),)), policy())
    assert list(state.pins) == [key("a")]
