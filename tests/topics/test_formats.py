"""The records' bytes: read back as what was written, as their schemas say, and told as data where they are broken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.batch import Entry
from pipeline.model.key import Key
from pipeline.stages.rows import Row
from pipeline.stages.state import SourceState, State
from pipeline.stages.step import step
from pipeline.topics.follower import Follower
from pipeline.topics.key_text import key_of, key_text
from pipeline.topics.outgoing import (
    Outgoing,
    claim,
    claim_in_revisions,
    entry_record,
    forget_revision,
    progress_record,
    row_record,
    sending,
    sweep,
)
from pipeline.topics.progress import Progress
from pipeline.topics.reading import read, read_entry
from pipeline.topics.record import Body, ClaimRecord, Poison, RevisionRecord, RowRecord, Topic
from schemas.streams.records import RECORDS
from tests.pipeline.builders import batch, key, policy, synced, thing, upsert
from tests.pipeline.meshes import good_and_bad, histories, run

if TYPE_CHECKING:
    from pipeline.model.change import Change
    from pipeline.topics.record import Record

ONE = Outgoing(b"Thing/default/a", None, (("revision", b"1"), ("digest", b""), ("epoch", b"3")))


def there(topic: Topic, record: Outgoing, offset: int = 7) -> Record:
    """Return what is read of a record."""
    return read(topic, offset, record.key, record.value, dict(record.headers))


@settings(max_examples=20)
@given(histories(good_and_bad))
def test_what_is_sent_is_read_back(batches: list[list[Change]]) -> None:
    """Bodies, revisions and rows; and their values are as the published schemas say."""
    state = State()
    for number, said in enumerate(batches, start=1):
        result = step(state, Entry(sequence=number, batches=(batch(*said),)), policy(guard_count=1_000))
        sent = sending(state, result, epoch=3)
        touched = {**result.moved, **result.changed}
        for (name, resource), record in zip(touched.items(), sent.bodies, strict=True):
            body = there(Topic.RESOURCES, record)
            assert isinstance(body, Body)
            assert (body.key, body.resource, body.epoch, body.offset) == (name, resource, 3, 7)
            assert body.revision == (state.since[name] if resource else number_of(state))
            if record.value is not None:
                jsonschema.validate(orjson.loads(record.value), RECORDS["resource"])
        for record in sent.revisions:
            assert there(Topic.REVISIONS, record) == RevisionRecord(
                number=number_of(state), revision=result.revision, epoch=3, offset=7
            )
            jsonschema.validate(orjson.loads(record.value or b""), RECORDS["revision"])
        rows = [there(Topic.STATE, record) for record in sent.rows]
        assert [row.row for row in rows if isinstance(row, RowRecord)] == [
            row for row in result.rows if row.table != "mesh"
        ]


def number_of(state: State) -> int:
    """Return the number of the state's revision."""
    return state.revision.number if state.revision else 0


@given(st.builds(Key, *[st.text(st.characters(codec="utf-8"), max_size=6)] * 3))
def test_keys_are_read_back(name: Key) -> None:
    """Whatever the parts are called."""
    assert key_of(key_text(name)) == name


def test_schemas_show_every_field() -> None:
    """A resource and a revision with all that they can have fit, and nothing of them is undescribed."""
    full = replace(
        thing("a"),
        labels={"app": "a"},
        annotations={"b": "c"},
        created="2020-01-01T00:00:00Z",
        origin=replace(
            thing("a").origin,
            line=0,
            column=0,
            positions=b"x",
            commit="c",
            author="a",
            cluster="k",
            resource_version="1",
        ),
    )
    _, (made,) = run([[upsert("a")]])
    assert made.revision is not None
    cause = replace(made.revision.cause, author="a", commit="c", reason="r")
    state = State(mesh={full.key: full}, since={full.key: 1})
    sent = sending(
        state,
        replace(made, changed={full.key: full}, revision=replace(made.revision, cause=cause)),
        epoch=1,
    )
    for name, record in (("resource", sent.bodies[0]), ("revision", sent.revisions[0])):
        value = orjson.loads(record.value or b"")
        jsonschema.validate(value, RECORDS[name])
        described = RECORDS[name]["properties"]["v"]["properties"]
        assert set(value["v"]) == set(described)
        inner = {"resource": "origin", "revision": "cause"}[name]
        assert set(value["v"][inner]) == set(described[inner]["properties"])


def test_the_other_records_are_read_back() -> None:
    """Claims, tombstones, progress, entries."""
    by_offset = there(Topic.REVISIONS, claim_in_revisions("w", 40))
    assert by_offset == ClaimRecord(topic=Topic.REVISIONS, epoch=48, writer="w", offset=7, shift=40)
    assert there(Topic.STATE, claim("w", 9)) == ClaimRecord(topic=Topic.STATE, epoch=9, writer="w", offset=7)
    assert there(Topic.RESOURCES, ONE) == Body(
        key=key("a"), resource=None, revision=1, digest=thing("a").digest.__class__(""), epoch=3, offset=7
    )
    forgotten = there(Topic.REVISIONS, forget_revision(5, 3))
    assert forgotten == RevisionRecord(number=5, revision=None, epoch=3, offset=7)
    progress = Progress(sequence=4, revision=2, resources=9, log="x", base=1)
    told = there(Topic.STATE, progress_record(progress, 3))
    assert isinstance(told, RowRecord)
    assert (told.record, told.epoch, progress.next_offset) == (progress, 3, 3)
    dropped = RowRecord(row=Row("pins", "[]", None), record=None, epoch=3, offset=7)
    assert there(Topic.STATE, row_record(Row("pins", "[]", None), 3)) == dropped
    assert there(Topic.STATE, sweep([("pins", "[]")], 3)[0]) == replace(dropped, swept=True)
    said = batch(upsert("a"))
    assert read_entry(entry_record((said,)).value, 12) == Entry(sequence=12, batches=(said,))


def test_a_row_of_an_unknown_table_is_passed_on() -> None:
    """A newer version may keep more; it is not ours to judge."""
    told = there(Topic.STATE, Outgoing(b'["novel","x"]', b'{"e":3,"v":{"any":1}}'))
    assert told == RowRecord(row=Row("novel", "x", b'{"any":1}'), record=None, epoch=3, offset=7)


@given(
    st.sampled_from(Topic),
    st.one_of(
        st.none(), st.binary(max_size=20), st.sampled_from([b"writer", b"1", b"Thing/default/a", b'["pins","[]"]'])
    ),
    st.one_of(st.none(), st.binary(max_size=20), st.sampled_from([b"{}", b"[]", b"1", b'{"f":1,"t":"Cause","v":{}}'])),
    st.dictionaries(st.sampled_from(["epoch", "revision", "digest"]), st.binary(max_size=4)),
)
def test_no_bytes_stop_a_reader(
    topic: Topic, name: bytes | None, value: bytes | None, headers: dict[str, bytes]
) -> None:
    """Whatever lies there, a record or poison comes of it, and the follower takes either."""
    follower = Follower(dict.fromkeys(Topic, 0))
    follower.reached({})
    follower.take(read(topic, 0, name, value, headers))
    assert follower.next_offset(topic) == 1
    assert isinstance(read_entry(value, 1), (str, Entry))


def test_poison_says_what_is_wrong() -> None:
    """And about what, so that the writer can mend it."""
    headers = dict(ONE.headers)
    source = Row("sources", '["files"]', b'{"f":1,"t":"Cause","v":{}}')
    found = (
        there(Topic.RESOURCES, Outgoing(b"a", None)),
        read(Topic.RESOURCES, 7, ONE.key, None, {**headers, "digest": b"00"}),
        read(Topic.RESOURCES, 7, ONE.key, b"{", headers),
        read(Topic.RESOURCES, 7, ONE.key, None, {"digest": b"", "revision": b"1"}),
        there(Topic.STATE, row_record(source, 3)),
        read(Topic.REVISIONS, 7, b"1", b'{"f":2,"t":"Revision","v":{}}', {"epoch": b"3"}),
    )
    assert [(poison.reason, poison.about, poison.newer) for poison in found if isinstance(poison, Poison)] == [
        ("'a' is not Kind/namespace/name", None, False),
        ("the header digest is not the resource's", key("a"), False),
        ("not a record", key("a"), False),
        ("there is no 'epoch'", key("a"), False),
        ("a row '[\"files\"]' of sources that is a Cause", ("sources", '["files"]'), False),
        ("a record 'Revision' of format 2; this version reads formats up to 1", 1, True),
    ]


def test_what_only_a_newer_version_reads_is_not_written_over() -> None:
    """Until it is written anew in a form that is ours, such a reader is no writer."""
    follower = Follower(dict.fromkeys(Topic, 0))
    found = [follower.outdated]
    for offset, value in enumerate([b'{"f":2,"t":"Revision","v":{}}', None]):
        follower.take(read(Topic.REVISIONS, offset, b"1", value, {"epoch": b"3"}))
        found.append(follower.outdated)
    assert found == [False, True, False]


def test_sources_are_rows_too() -> None:
    """The last word on a source is read back as what it was."""
    _, (made,) = run([[synced()]])
    told = [there(Topic.STATE, row_record(row, 1)) for row in made.rows if row.table == "sources"]
    assert [row.record for row in told if isinstance(row, RowRecord)] == [
        SourceState(name="files", synced=True, at=1.0)
    ]
