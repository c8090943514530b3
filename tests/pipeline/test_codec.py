"""The codec: every record comes back as it was; what is not ours, or newer than we are, is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import codec
from pipeline.model.resource import Resource, content_digest
from tests.pipeline.builders import thing
from tests.pipeline.records import json, records, resources

if TYPE_CHECKING:
    from collections.abc import Hashable


@given(records)
def test_every_record_comes_back_as_it_was(record: object) -> None:
    """Decoding what was encoded gives an equal record, of the same type."""
    again = codec.decode(codec.encode(record))
    assert type(again) is type(record)
    assert again == record


@given(resources)
def test_a_resource_keeps_its_content_byte_for_byte(resource: Resource) -> None:
    """Content and digest survive, so that a revision's digest is the same after a restart."""
    again: Resource = codec.decode(codec.encode(resource))
    assert again.spec == resource.spec
    assert content_digest(again) == resource.digest


@given(st.lists(records, max_size=4))
def test_sharing_an_encoder_changes_nothing(several: list[Hashable]) -> None:
    """Records that share resources are encoded as if each were alone."""
    encoder = codec.Encoder()
    assert [encoder.encode(record) for record in [*several, *several]] == [
        codec.encode(record) for record in [*several, *several]
    ]


@given(st.binary(max_size=40) | json.map(orjson.dumps))
def test_what_is_no_record_is_refused(data: bytes) -> None:
    """Any bytes that are not a record of ours raise `UnknownFormat`, and nothing else."""
    with pytest.raises(codec.UnknownFormat):
        codec.decode(data)


@given(records, st.data())
def test_a_damaged_record_is_refused_or_another_record(record: object, data: st.DataObject) -> None:
    """Whatever happens to a record's value, decoding gives a record or `UnknownFormat`."""
    envelope = orjson.loads(codec.encode(record))
    if envelope["v"]:
        name = data.draw(st.sampled_from(sorted(envelope["v"])))
        envelope["v"][name] = data.draw(json)
    try:
        codec.decode(orjson.dumps(envelope))
    except codec.UnknownFormat:
        return


def test_a_newer_format_is_refused() -> None:
    """The number of a newer format is named."""
    envelope = orjson.loads(codec.encode(thing("a"))) | {"f": codec.FORMAT + 1}
    with pytest.raises(codec.UnknownFormat, match=rf"{codec.FORMAT + 1}.*up to {codec.FORMAT}"):
        codec.decode(orjson.dumps(envelope))
