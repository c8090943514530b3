"""Whatever a registry calls its services and instances, what is made of them has valid names, each its own."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from galley.sources.platform.names import instance_name, label, service_name
from galley.sources.platform.objects import Home, objects_of
from galley.sources.platform.service import Instance, Port, Service
from pipeline.model.diagnostic import Severity
from pipeline.stages.validate import judge

PART = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
TEXTS = st.text(min_size=1, max_size=90) | st.from_regex(r"[a-z0-9_-]{1,70}", fullmatch=True)


@given(TEXTS)
def test_a_part_is_valid_and_the_same_every_time(text: str) -> None:
    """At most 63 characters of a domain name."""
    assert PART.fullmatch(label(text))
    assert len(label(text)) <= 63
    assert label(text) == label(text)


@given(TEXTS, TEXTS)
def test_no_two_share_a_part(one: str, other: str) -> None:
    """Neither do those that are made to look like the part of another."""
    assert (label(one) == label(other)) == (one == other)
    assert label(label(one)) == label(one) or label(one) != one


def test_a_name_that_looks_made_up_is_made_up_anew() -> None:
    """Who registers a service by the name that another's was given does not get it."""
    taken = label("under_score")
    assert label(taken) != taken


def test_names_that_need_nothing_are_kept() -> None:
    """Parts between slashes are parts of the name."""
    assert service_name("reviews", "consul") == "reviews.consul"
    assert service_name("reviews/prod", "nomad") == "reviews.prod.nomad"
    assert instance_name("reviews.consul", "node-1") == "reviews.consul.node-1"


@given(TEXTS, TEXTS, st.lists(st.tuples(TEXTS, st.sampled_from(["10.0.0.1", "::1", "db.example.com"])), max_size=4))
def test_what_is_made_is_valid(name: str, source: str, found: list[tuple[str, str]]) -> None:
    """No object of a registry is refused by our own validation, and no two have one key."""
    instances = tuple(
        Instance(identity=identity, address=address, ports=(8080,)) for identity, address in dict(found).items()
    )
    service = Service(qualified=name, host="a.service.consul", ports=(Port(80, "http", "HTTP"),), instances=instances)
    made = objects_of(service, Home(label(source), "default"))
    assert len({resource.key for resource in made}) == len(made)
    for resource in made:
        assert [found for found in judge()(resource) if found.severity is Severity.ERROR] == []
