"""Strategies for every record that the codec carries."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.model import batch, change, delivery, diagnostic, revision
from pipeline.model.digest import Digest
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.positions import pack
from pipeline.model.resource import Resource, canonical
from pipeline.stages import state

text = st.text(max_size=8)
number = st.integers(0, 1 << 40)
time = st.floats(0, 1e10)
keys = st.builds(Key, text, text, text)
positions = st.lists(st.integers(1, 1 << 31), max_size=6).map(pack)
origins = st.builds(
    Origin,
    source=text,
    file=text,
    line=number,
    column=number,
    positions=positions,
    commit=text,
    author=text,
    cluster=text,
    resource_version=text,
)
json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
strings = st.dictionaries(text, text, max_size=3)
resources = st.builds(
    Resource,
    key=keys,
    api_version=text,
    spec=json.map(canonical),
    origin=origins,
    labels=strings,
    annotations=strings,
    created=text,
)
relations = st.builds(diagnostic.Related, origin=origins, key=st.none() | keys, note=text)
diagnostics = st.builds(
    diagnostic.Diagnostic,
    code=text,
    severity=st.sampled_from(diagnostic.Severity),
    message=text,
    origin=origins,
    key=st.none() | keys,
    path=text,
    hint=text,
    related=st.lists(relations, max_size=2).map(tuple),
)
findings = st.lists(diagnostics, max_size=2).map(tuple)
some_keys = st.none() | st.lists(keys, max_size=2).map(tuple)
changes = st.one_of(
    st.builds(change.Upserted, resource=resources, diagnostics=findings),
    st.builds(change.Deleted, key=keys, origin=origins),
    st.builds(change.Faulted, origin=origins, diagnostics=findings, held=some_keys),
    st.builds(change.Synced, source=text),
    st.builds(change.Pinned, key=keys, resource=st.none() | resources, against=text, revision=number),
    st.builds(change.Released, key=keys),
    st.builds(change.Confirmed, revision=number),
    st.builds(change.Configured, sources=st.dictionaries(text, text, max_size=2)),
)
causes = st.builds(batch.Cause, at=time, trace=text, author=text, commit=text, reason=text)
batches = st.builds(
    batch.Batch, source=text, changes=st.lists(changes, max_size=3).map(tuple), cause=causes, whole=st.booleans()
)
digests = text.map(Digest)
records = st.one_of(
    changes,
    diagnostics,
    resources,
    batches,
    st.builds(batch.Entry, sequence=number, batches=st.lists(batches, max_size=2).map(tuple)),
    st.builds(
        revision.Revision,
        number=number,
        digest=digests,
        parent=number,
        entry=number,
        source=text,
        cause=causes,
        changed=st.dictionaries(keys, st.none() | digests, max_size=3),
    ),
    st.builds(
        delivery.Delivery,
        subscriber=text,
        type_url=text,
        name=text,
        version=text,
        state=st.sampled_from(delivery.DeliveryState),
        reason=text,
    ),
    st.builds(state.Claim, resource=resources, noted=findings, judged=findings, instead=st.none() | resources),
    st.builds(state.Fault, origin=origins, diagnostics=findings, held=some_keys),
    st.builds(state.Pin, key=keys, resource=st.none() | resources, against=text, revision=number),
    st.builds(state.Hold, number=number, removed=number, total=number),
    st.builds(state.SourceState, name=text, synced=st.booleans(), at=time),
    st.builds(state.Served, resource=resources, since=number),
)
