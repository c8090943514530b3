"""The sink keeps the index at the published revision."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from mixer.contribution import KINDS
from mixer.index import Index
from mixer.workload import workload
from pipeline.model.batch import Cause
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from pipeline.model.revision import Revision, mesh_digest
from pipeline.model.snapshot import Snapshot
from sinks.mixer import MixerSink
from tests.mixer.builders import entry, resource


def _snapshot(number: int, parent: int, objects: Iterable[Resource], changed: Iterable[Key] = ()) -> Snapshot:
    mesh = {one.key: one for one in objects}
    marks = {key: mesh[key].digest if key in mesh else None for key in changed}
    revision = Revision(
        number=number,
        digest=mesh_digest(mesh.values()),
        parent=parent,
        entry=number,
        source="files",
        cause=Cause(),
        changed=marks,
    )
    return Snapshot(revision=revision, resources=mesh)


def _names(index: Index) -> list[str | None]:
    found = [index.from_address(f"10.0.0.{number}") for number in (1, 2)]
    return [one.name if one else None for one in found]


def test_each_revision_is_taken_in_by_what_it_changed() -> None:
    """And a first one, one after a gap, and one that goes back, as a whole."""
    index, one, two = Index(), entry("one", "10.0.0.1", {}), entry("two", "10.0.0.2", {})
    sink = MixerSink(index)
    assert sink.revision == 0
    sink.publish(_snapshot(3, 2, [one]), ())
    assert (sink.revision, _names(index)) == (3, ["one", None])
    sink.publish(_snapshot(4, 3, [one, two], [two.key]), ())
    assert (sink.revision, _names(index)) == (4, ["one", "two"])
    sink.publish(_snapshot(9, 8, [two]), ())
    assert (sink.revision, _names(index)) == (9, [None, "two"])
    sink.publish(_snapshot(4, 3, [one, two]), ())
    assert (sink.revision, _names(index)) == (4, ["one", "two"])


def test_a_snapshot_of_the_same_content_costs_nothing() -> None:
    """When only lines have moved, the index stays as it is, and streams keep what they know."""
    index, one = Index(), entry("one", "10.0.0.1", {})
    sink = MixerSink(index)
    sink.publish(_snapshot(1, 0, [one]), ())
    version = index.version
    sink.publish(_snapshot(1, 0, [one]), ())
    assert index.version == version


def test_kinds_that_telemetry_does_not_read_change_nothing() -> None:
    """A new route is no reason to look up every name again."""
    index = Index()
    sink = MixerSink(index)
    sink.publish(_snapshot(1, 0, [resource("VirtualService", "a", {"hosts": ["x"]})]), ())
    assert (sink.revision, index.version) == (1, 0)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["", "a", "10.0.0.1", "http"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["hosts", "ports", "endpoints", "address", "labels", "spec", "status", "podIP", "selector"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.dictionaries(st.text(max_size=3), _JSON) | _JSON)))
def test_no_object_of_a_strange_shape_stops_the_others(specs: list[tuple[str, object]]) -> None:
    """Validation lets none through; if one comes all the same, it alone is missing."""
    strange = [resource(kind, f"s{number}", spec) for number, (kind, spec) in enumerate(specs)]  # type: ignore[arg-type]
    index = Index()
    index.apply({one.key: one for one in (*strange, entry("one", "10.9.9.9", {}))})
    before = index.from_address("10.9.9.9")
    index.apply({one.key: None for one in strange})
    assert index.from_address("10.9.9.9") == before == workload("one", "default", {})
