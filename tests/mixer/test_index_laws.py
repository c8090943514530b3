"""The index equals one that is built from nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mixer.index import Index
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from tests.mixer.builders import endpoint_slice, entry, pod, service, service_entry

_IPS = st.sampled_from(["10.0.0.1", "10.0.0.2", "127.0.0.1"])
_NAMES = st.sampled_from(["a", "b"])
_LABELS = st.fixed_dictionaries({"app": _NAMES}, optional={"version": st.sampled_from(["v1", "v2"])})
_PORTS = st.sampled_from([0, 80, 9080])
_ENDPOINTS = st.lists(st.builds(lambda ip, labels: {"address": ip, "labels": labels}, _IPS, _LABELS), max_size=2)
RESOURCES = st.one_of(
    st.builds(service, _NAMES, st.sampled_from([80, 9080])),
    st.builds(entry, _NAMES, _IPS, _LABELS, _PORTS),
    st.builds(pod, _NAMES, _IPS, _LABELS),
    st.builds(endpoint_slice, _NAMES, _IPS, st.sampled_from([80, 9080]), _NAMES),
    st.builds(service_entry, st.sampled_from(["a.x", "b.x"]), _ENDPOINTS, st.none() | _LABELS),
)
_EDITS = st.lists(st.tuples(RESOURCES, st.booleans()), max_size=20)


def _answers(index: Index) -> list[object]:
    """Everything that the index can be asked about this small world."""
    services = [index.service(host, "default") for host in ("a.x", "b.x", "a.default.svc.cluster.local")]
    found: list[object] = [*services, *(index.named("default", name) for name in "ab")]
    for ip in ("10.0.0.1", "10.0.0.2", "127.0.0.1"):
        found.append(index.from_address(ip))
        for port in (80, 9080, 1):
            found.append(index.served(ip, port))
            found.extend(index.at(ip, port, known) for known in (None, *services))
    return found


@settings(max_examples=150)
@given(_EDITS, st.randoms(use_true_random=False))
def test_after_any_edits_the_index_is_that_of_a_fresh_start(edits: list[tuple[Resource, bool]], chance: object) -> None:
    """Whatever came and went, in whatever order; and its version moves when an answer does."""
    index, objects = Index(), dict[Key, Resource]()
    for resource, stays in edits:
        before, version = _answers(index), index.version
        index.apply({resource.key: resource if stays else None})
        objects.pop(resource.key, None)
        if stays:
            objects[resource.key] = resource
        assert index.version > version or _answers(index) == before
    fresh, order = Index(), list(objects.values())
    chance.shuffle(order)  # type: ignore[attr-defined]
    for resource in order:
        fresh.apply({resource.key: resource})
    assert _answers(index) == _answers(fresh)
