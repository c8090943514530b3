"""The sink makes an issuing policy of each revision."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from structlog.testing import capture_logs

from citadel.accounts import Account
from citadel.policy import DEFAULT_TTL, IssuingPolicy
from pipeline.derive import Graph
from pipeline.model.batch import Cause
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from pipeline.model.revision import Revision, mesh_digest
from pipeline.model.snapshot import Snapshot
from sinks.citadel import CitadelSink, Issuing


def _resource(kind: str, name: str, spec: Mapping[str, Any], namespace: str = "default") -> Resource:
    origin = Origin(source="files", file=f"{name}.yaml")
    return Resource(key=Key(kind, namespace, name), api_version="v1", spec=canonical(spec), origin=origin)


def _mesh_config(**content: Any) -> Resource:  # noqa: ANN401  JSON
    text = orjson.dumps(content).decode()
    return _resource("ConfigMap", "istio", {"data": {"mesh": text}}, "istio-system")


class _Mesh:
    """A graph and a sink, to which objects are published as an engine does it."""

    def __init__(self, issuing: Issuing | None = None) -> None:
        self.graph = Graph()
        self.sink = CitadelSink(self.graph, issuing)
        self.before: dict[Key, Resource] = {}

    def publish(self, *objects: Resource) -> IssuingPolicy:
        """The policy after these objects, and no others, are there."""
        mesh = {one.key: one for one in objects}
        changed: dict[Key, Resource | None] = {key: None for key in self.before if key not in mesh}
        changed |= {key: one for key, one in mesh.items() if self.before.get(key) != one}
        self.graph.apply(changed)
        settled = self.graph.settle()
        self.sink.publish(_snapshot(self.sink.revision + 1, mesh.values(), changed), settled)
        self.before = mesh
        policy = self.sink.policy()
        assert policy is not None
        return policy


def _snapshot(number: int, objects: Iterable[Resource], changed: Mapping[Key, Resource | None]) -> Snapshot:
    mesh = {one.key: one for one in objects}
    revision = Revision(
        number=number,
        digest=mesh_digest(mesh.values()),
        parent=number - 1,
        entry=number,
        source="files",
        cause=Cause(),
        changed={key: one.digest if one else None for key, one in changed.items()},
    )
    return Snapshot(revision=revision, resources=mesh)


def test_before_the_first_snapshot_there_is_no_policy() -> None:
    """Nobody knows yet what may be issued."""
    sink = CitadelSink(Graph())
    assert (sink.revision, sink.policy()) == (0, None)


def test_the_trust_domains_are_those_of_the_mesh_config_of_the_revision() -> None:
    """Changed, taken away, and given before any object: each revision has its own."""
    mesh = _Mesh(Issuing(ttl=timedelta(hours=1)))
    first = mesh.publish(_mesh_config(trustDomain="a.example", trustDomainAliases=["old.example", "Not one"]))
    assert (first.trust_domain, first.aliases) == ("a.example", frozenset({"old.example"}))
    assert (first.revision, first.default_ttl) == (1, timedelta(hours=1))
    assert mesh.publish(_mesh_config(trustDomain="b.example")).trust_domain == "b.example"
    assert mesh.publish() == IssuingPolicy(revision=3, default_ttl=timedelta(hours=1))
    assert mesh.sink.revision == 3


def test_what_is_no_trust_domain_leaves_the_last_good_one() -> None:
    """And says so; no certificate is made for a domain that no peer could read."""
    mesh = _Mesh()
    mesh.publish(_mesh_config(trustDomain="a.example"))
    with capture_logs() as logs:
        assert mesh.publish(_mesh_config(trustDomain="not/one")).trust_domain == "a.example"
    assert [entry["event"] for entry in logs] == ["citadel.trust_domain.refused"]


def test_the_accounts_of_workloads_come_and_go_with_them() -> None:
    """Where only known ones are issued: of entries, groups, pods and endpoints; until the last that names them goes."""
    mesh = _Mesh(Issuing(known_only=True))
    entry = _resource("WorkloadEntry", "a", {"address": "10.0.0.1", "serviceAccount": "web"})
    pod = _resource("Pod", "p", {"spec": {"serviceAccountName": "web"}})
    group = _resource("WorkloadGroup", "g", {"template": {"serviceAccount": "vm"}}, "far")
    within = _resource("ServiceEntry", "s", {"hosts": ["x"], "endpoints": [{"address": "10.0.0.2"}]})
    policy = mesh.publish(entry, pod, group, within)
    assert policy.known == frozenset({Account("default", "web"), Account("far", "vm"), Account("default", "default")})
    assert mesh.publish(pod, group).known == frozenset({Account("default", "web"), Account("far", "vm")})
    assert mesh.publish(group).known == frozenset({Account("far", "vm")})
    assert mesh.publish().known == frozenset()


def test_unless_asked_for_every_account_of_the_domain_may_have_a_certificate() -> None:
    """A token for it is permission enough."""
    policy = _Mesh().publish(_resource("WorkloadEntry", "a", {"serviceAccount": "web"}))
    assert (policy.known, policy.default_ttl) == (None, DEFAULT_TTL)
