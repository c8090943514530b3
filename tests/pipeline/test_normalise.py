"""Normalising: one form for what means the same; idempotent, and every field still has its line."""

from __future__ import annotations

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from galley.documents.read import read
from pipeline.model.digest import Digest
from pipeline.model.path import format_path
from pipeline.model.positions import Step
from pipeline.model.resource import Resource, canonical, content_digest
from pipeline.stages.normalise import normalise
from tests.pipeline.records import json


def parsed(text: str) -> Resource:
    """Return the one object of a YAML text."""
    (found,) = read(text.encode(), "files", "a.yaml").resources
    return found.resource


VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: reviews
  labels: {app: reviews}
  annotations:
    note: text
spec:
  exportTo: null
  gateways: null
  hosts:
  - Reviews.Prod.svc
  http:
  - name: A
    match: null
    headers:
      request:
        set: {X-Upper: Value}
    route:
    - destination:
        host: REVIEWS.prod.svc
        subset: V1
    mirror: {host: Mirror.Prod}
    timeout: 5s
  tls:
  - match: [{sniHosts: [A.b, "*.C.d"], port: 443}]
    route: [{destination: {host: T.l.s}}]
"""


def test_hosts_are_lower_case_and_nothing_else_is() -> None:
    """Names of hosts, wherever they stand; not of subsets, routes or headers."""
    spec = orjson.loads(normalise(parsed(VIRTUAL_SERVICE)).spec)
    assert spec == {
        "hosts": ["reviews.prod.svc"],
        "http": [
            {
                "name": "A",
                "headers": {"request": {"set": {"X-Upper": "Value"}}},
                "route": [{"destination": {"host": "reviews.prod.svc", "subset": "V1"}}],
                "mirror": {"host": "mirror.prod"},
                "timeout": "5s",
            }
        ],
        "tls": [
            {
                "match": [{"sniHosts": ["a.b", "*.c.d"], "port": 443}],
                "route": [{"destination": {"host": "t.l.s"}}],
            }
        ],
    }


def test_every_field_keeps_its_line() -> None:
    """Also behind fields that were left out."""
    written = parsed(VIRTUAL_SERVICE)
    normal = normalise(written)
    paths = list(walk(normal.tree()))
    assert len(paths) > 30
    for path in paths:
        assert normal.origin_of(path) == written.origin_of(path), path


def walk(node: object, steps: tuple[Step, ...] = ()) -> list[str]:
    """Return the paths of all nodes."""
    inner: list[tuple[Step, object]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    return [format_path(steps), *(path for step, child in inner for path in walk(child, (*steps, step)))]


def test_the_api_version_is_the_kinds_own() -> None:
    """Whatever version an object is written in; its content's digest does not tell."""
    written = parsed(VIRTUAL_SERVICE.replace("null", "[]"))
    other = parsed(VIRTUAL_SERVICE.replace("null", "[]").replace("v1alpha3", "v1beta1"))
    assert normalise(written).api_version == "networking.istio.io/v1"
    assert normalise(written) == normalise(other)


def test_what_is_there_and_empty_stays() -> None:
    """An empty message means something else than none."""
    text = """
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: a}
spec:
  workloadSelector: {labels: {}}
  egress: [{hosts: []}]
  inboundConnectionPool: {http: {}}
"""
    assert orjson.loads(normalise(parsed(text)).spec) == {
        "workloadSelector": {"labels": {}},
        "egress": [{"hosts": []}],
        "inboundConnectionPool": {"http": {}},
    }


def test_a_null_that_means_something_stays() -> None:
    """Free-form content is somebody else's language."""
    text = """
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: a}
spec: {configPatches: [{patch: {operation: MERGE, value: {a: null}}}]}
"""
    resource = parsed(text)
    assert normalise(resource) is resource


KINDS = [
    ("networking.istio.io/v1beta1", "VirtualService"),
    ("networking.istio.io/v1", "DestinationRule"),
    ("networking.istio.io/v1", "Gateway"),
    ("networking.istio.io/v1", "Sidecar"),
    ("networking.istio.io/v1", "ServiceEntry"),
    ("v1", "ConfigMap"),
    ("example.com/v1", "Unknown"),
]


def wild(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return content in the shape of hosts, or any other, at any depth."""
    words = st.sampled_from(["hosts", "host", "http", "route", "destination", "egress", "servers", "tls", "match", "x"])
    return st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4)


specs = st.recursive(st.none() | st.sampled_from(["A.b", "x", "*"]) | json, wild, max_leaves=20)


@given(st.sampled_from(KINDS), specs)
def test_normalising_twice_is_normalising_once(kind: tuple[str, str], spec: object) -> None:
    """Whatever the content: the result is normal, has its own digest, and is returned as it is."""
    written = parsed(f"apiVersion: {kind[0]}\nkind: {kind[1]}\nmetadata: {{name: a}}\nspec: {{}}\n")
    normal = normalise(replace(written, spec=canonical(spec), digest=Digest("")))
    assert normal.digest == content_digest(normal)
    assert normalise(normal) is normal


def test_null_is_as_if_not_written() -> None:
    """The digest is the same, so that it makes no revision."""
    with_null = parsed(VIRTUAL_SERVICE)
    without = parsed("\n".join(line for line in VIRTUAL_SERVICE.splitlines() if not line.endswith("null")))
    assert with_null.digest != without.digest
    assert normalise(with_null).digest == normalise(without).digest
