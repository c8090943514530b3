"""Which source wins: by the first rule that an object matches, else by the order for all, whatever came first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.change import Upserted
from pipeline.model.key import Key
from pipeline.model.resource import Resource, canonical
from pipeline.stages.claimed_hosts import claimed_hosts
from pipeline.stages.precedence import Precedence, PrecedenceRule
from pipeline.stages.report import concerns
from pipeline.stages.review import reconcile, review
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import step
from tests.pipeline.builders import as_is, batch, origin, policy
from tests.pipeline.test_step_laws import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from pipeline.stages.policy import Policy
    from pipeline.stages.step import Step

SOURCES = ("consul", "files", "git", "kubernetes")
HOSTS = ("a.example", "b.example", "*.example")
KINDS = ("ServiceEntry", "VirtualService")
NAMESPACES = ("default", "team-a", "team-b")

some_sources = st.lists(st.sampled_from(SOURCES), unique=True, max_size=3).map(tuple)
some_rules = st.lists(
    st.builds(
        PrecedenceRule,
        order=some_sources.filter(bool),
        kinds=st.lists(st.sampled_from(KINDS), unique=True, max_size=1).map(tuple),
        namespaces=st.lists(st.sampled_from(("default", "team-*", "*")), unique=True, max_size=1).map(tuple),
        hosts=st.lists(st.sampled_from(HOSTS), unique=True, max_size=1).map(tuple),
    ),
    max_size=3,
).map(tuple)
precedences = st.builds(Precedence, order=some_sources, rules=some_rules)


def claim(kind: str, namespace: str, host: str, source: str, value: int = 0) -> Upserted:
    """Return a source's word about an object of a host."""
    spec = canonical({"hosts": [host], "value": value, "of": source})
    at = origin(f"{source}.yaml", source=source)
    return Upserted(resource=Resource(key=Key(kind, namespace, "one"), api_version="v1", spec=spec, origin=at))


claims = st.builds(
    claim,
    st.sampled_from(KINDS),
    st.sampled_from(NAMESPACES),
    st.sampled_from(HOSTS),
    st.sampled_from(SOURCES),
    st.integers(0, 2),
)


def rules_of(precedence: Precedence) -> Policy:
    """Return a policy with a precedence."""
    return replace(policy(guard_count=1_000), precedence=precedence, judge=_approve, normalise=as_is)


def _approve(_: Resource) -> tuple[()]:
    return ()


def stepped(said: Sequence[Upserted], rules: Policy) -> tuple[State, list[Step]]:
    """Return the state after these words, each an entry of its own."""
    state = State()
    steps = [
        step(state, Entry(sequence=number, batches=(batch(one, source=one.resource.origin.source),)), rules)
        for number, one in enumerate(said, start=1)
    ]
    return state, steps


def latest(said: Sequence[Upserted]) -> list[Upserted]:
    """Return the last word of each place about each object."""
    return list({(one.resource.key, one.resource.origin.place): one for one in said}.values())


@given(st.lists(claims, max_size=12), precedences, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_mesh(said: list[Upserted], precedence: Precedence, random: Random) -> None:
    """However the last words of the places are shuffled, the mesh and its digest are the same."""
    first, _ = stepped(said, rules_of(precedence))
    shuffled = latest(said)
    random.shuffle(shuffled)
    second, _ = stepped(shuffled, rules_of(precedence))
    assert second.mesh == first.mesh
    assert second.digests == first.digests


@given(st.lists(claims, max_size=12), precedences, precedences)
def test_another_setting_decides_again_at_a_restart(
    said: list[Upserted], before: Precedence, after: Precedence
) -> None:
    """A state that is restored from its rows, under another precedence, ends as if that had always been the setting."""
    old, steps = stepped(said, rules_of(before))
    restored = restore(tables(steps), old.sequence, old.revision)
    rules = rules_of(after)
    reconcile(restored, rules)
    entry = Entry(sequence=old.sequence + 1, batches=(batch(*review(restored, rules), source="galley"),))
    step(restored, entry, rules)
    fresh, _ = stepped(said, rules)
    assert restored.mesh == fresh.mesh


@given(st.lists(claims, max_size=12), precedences)
def test_the_first_rule_that_matches_decides(said: list[Upserted], precedence: Precedence) -> None:
    """What is served is of the first source in the first matching rule, then in the order for all, then by name."""
    state, _ = stepped(said, rules_of(precedence))
    for key, here in state.claims.items():
        hosts = {host for one in here.values() for host in claimed_hosts(one.resource)}
        order = next((rule.order for rule in precedence.rules if rule.matches(key, lambda: hosts)), ())  # noqa: B023  asked for before the next round
        names = dict.fromkeys((*order, *precedence.order, *SOURCES))
        strongest = next(name for name in names if (name, f"{name}.yaml") in here)
        assert state.mesh[key].origin.source == strongest


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (PrecedenceRule(order=("git",)), True),
        (PrecedenceRule(order=("git",), kinds=("ServiceEntry",)), True),
        (PrecedenceRule(order=("git",), kinds=("Gateway",)), False),
        (PrecedenceRule(order=("git",), namespaces=("team-*",)), True),
        (PrecedenceRule(order=("git",), namespaces=("team",)), False),
        (PrecedenceRule(order=("git",), hosts=("*.example",)), True),
        (PrecedenceRule(order=("git",), hosts=("a.example", "*.other")), True),
        (PrecedenceRule(order=("git",), hosts=("b.example",)), False),
        (PrecedenceRule(order=("git",), kinds=("ServiceEntry",), namespaces=("default",)), False),
    ],
)
def test_a_rule_asks_for_all_that_it_names(rule: PrecedenceRule, matches: bool) -> None:  # noqa: FBT001  a case of the table
    """Kind, namespace and host must each fit, where they are named; of several of a sort, one."""
    assert rule.matches(Key("ServiceEntry", "team-a", "one"), lambda: ("a.example",)) is matches


def test_the_hosts_that_objects_claim() -> None:
    """In full, in lower case, each once; what is not as it should be claims nothing."""

    def hosts(kind: str, spec: object) -> tuple[str, ...]:
        key = Key(kind, "ns", "web")
        return claimed_hosts(Resource(key=key, api_version="v1", spec=canonical(spec), origin=origin()))

    assert hosts("Service", {}) == ("web.ns.svc.cluster.local",)
    assert hosts("ServiceEntry", {"hosts": ["A.example", "a.example", 3]}) == ("a.example",)
    assert hosts("DestinationRule", {"host": "web"}) == ("web.ns.svc.cluster.local",)
    assert hosts("Gateway", {"hosts": ["a.example"]}) == ()
    assert [hosts("VirtualService", {"hosts": odd}) for odd in ("a", None)] == [(), ()]
    assert hosts("VirtualService", []) == ()


def test_a_conflict_tells_how_to_turn_it_and_that_turns_it() -> None:
    """The hint's rule, put into the settings, gives the other place the word."""
    said = [claim("ServiceEntry", "team-a", "a.example", source) for source in ("git", "consul")]
    state, _ = stepped(said, rules_of(Precedence()))
    (found,) = concerns(state, rules_of(Precedence()))
    assert "git.yaml:1 (git)" in found.message
    assert "consul.yaml:1 (consul)" in found.message
    assert "{kinds: [ServiceEntry], namespaces: [team-a], order: [git, consul]}" in found.hint
    assert state.mesh[Key("ServiceEntry", "team-a", "one")].origin.source == "consul"
    rule = PrecedenceRule(kinds=("ServiceEntry",), namespaces=("team-a",), order=("git", "consul"))
    turned, _ = stepped(said, rules_of(Precedence(rules=(rule,))))
    assert turned.mesh[Key("ServiceEntry", "team-a", "one")].origin.source == "git"


def test_a_report_may_be_short() -> None:
    """Of a thousand contested objects a status names only some."""
    said = [claim("ServiceEntry", namespace, "a.example", source) for namespace in NAMESPACES for source in SOURCES]
    state, _ = stepped(said, rules_of(Precedence()))
    assert (len(concerns(state)), len(concerns(state, most=2))) == (9, 2)


def test_a_commit_is_named_with_its_author() -> None:
    """Where an origin has a commit or a cluster, people are told."""
    one = claim("ServiceEntry", "default", "a.example", "git").resource
    other = claim("ServiceEntry", "default", "a.example", "kubernetes").resource
    committed = replace(one, origin=replace(one.origin, commit="1f2e3d4c5b6a7988", author="Ann"))
    clustered = replace(other, origin=replace(other.origin, file="", cluster="prod"))
    state, _ = stepped([Upserted(resource=committed), Upserted(resource=clustered)], rules_of(Precedence()))
    (found,) = concerns(state)
    assert "git.yaml:1 (git, commit 1f2e3d4c5b6a by Ann)" in found.message
    assert "cluster prod (kubernetes)" in found.message
