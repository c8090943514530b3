"""A record says what its value says, under the place of its key, and nothing in it is ever an exception."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.documents.limits import Limits
from galley.documents.reading import Reading
from galley.sources.kafka.heard import Heard
from pipeline.model import codes_document, codes_kafka
from tests.sources.kafka.records import codes, document, hear, keys, record, sidecar, understanding

SPEC = {"egress": [{"hosts": ["./*"]}]}
JSON = orjson.dumps(
    {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": "a"}, "spec": SPEC}
).decode()
EVENT = {"specversion": "1.0", "id": "1", "source": "/tests", "type": "io.example.changed"}


def found(heard: Heard) -> Reading:
    """Return what a record says of its one place."""
    [(_, reading)] = heard.said
    assert isinstance(reading, Reading)
    return reading


# ----------------------------------------------------------------------------------------------------------------- keys


def test_a_value_is_what_its_key_says() -> None:
    """YAML and JSON alike; the place is topic and key, the line that of the document."""
    for value in (document("a", 1), JSON):
        heard = hear("Sidecar/default/a", value)
        assert [place for place, _ in heard.said] == ["mesh/Sidecar/default/a"]
        assert keys(heard) == ["Sidecar default/a"]
        assert heard.accepted
    resource = found(hear("Sidecar/default/a", document("a", 1))).resources[0].resource
    assert (resource.origin.file, resource.origin_of("spec.egress[0].hosts").line) == ("mesh/Sidecar/default/a", 7)


@pytest.mark.parametrize(
    "key", ["Sidecar/default/b", "Sidecar/other/a", "Gateway/default/a", "Sidecar.example.com/default/a", "Sidecar/b"]
)
def test_a_key_that_contradicts_the_document_is_an_error(key: str) -> None:
    """Nothing of the record takes effect."""
    heard = hear(key, document("a", 1).replace("name: a", "name: a\n  namespace: default"))
    assert codes(heard) == [codes_kafka.KEY_CONTRADICTS]
    assert not keys(heard)
    assert not found(heard).parsed


@pytest.mark.parametrize(
    "key", ["Sidecar/default/a", "Sidecar/a", "Sidecar.networking.istio.io/default/a", "anything", "team/a.yaml", "1"]
)
def test_a_key_may_be_short_or_say_nothing_of_objects(key: str) -> None:
    """The kind may have its group, the namespace may be left out, and a key may be a name of the writer's own."""
    heard = hear(key, document("a", 1))
    assert keys(heard) == ["Sidecar default/a"]
    assert heard.accepted


def test_a_namespace_comes_from_the_document_the_key_or_the_settings() -> None:
    """In this order."""
    value = document("a", 1)
    assert keys(hear("Sidecar/prod/a", value)) == ["Sidecar prod/a"]
    own = understanding(namespace="mesh")
    assert keys(own.hear(record("Sidecar/a", value))) == ["Sidecar mesh/a"]
    assert keys(own.hear(record(None, value))) == ["Sidecar mesh/a"]
    named = value.replace("name: a", "name: a\n  namespace: own")
    assert keys(own.hear(record("Sidecar/a", named))) == ["Sidecar own/a"]


def test_a_bundle_has_several_objects_and_an_object_s_key_has_one() -> None:
    """Documents of one value stand together under a key that names no object."""
    both = f"{document('a', 1)}---\n{document('b', 1)}"
    assert keys(hear("bundle.yaml", both)) == ["Sidecar default/a", "Sidecar default/b"]
    heard = hear("Sidecar/default/a", both)
    assert codes(heard) == [codes_kafka.KEY_CONTRADICTS]
    assert heard.diagnostics[0].origin.line == 9


def test_without_a_key_each_object_is_a_place_of_its_own() -> None:
    """By its own name; what the partition's last such record could not say is said no longer."""
    heard = hear(None, f"{document('a', 1)}---\n{document('b', 1)}")
    assert [place for place, _ in heard.said] == ["mesh[0]", "mesh/Sidecar/default/a", "mesh/Sidecar/default/b"]
    assert heard.said[0][1] is None
    readings = [reading for _, reading in heard.said if isinstance(reading, Reading)]
    origins = [one.resource.origin.file for reading in readings for one in reading.resources]
    assert origins == ["mesh/Sidecar/default/a", "mesh/Sidecar/default/b"]
    bad = hear(None, "a: [")
    assert [place for place, _ in bad.said] == ["mesh[0]"]
    assert not bad.accepted


def test_a_tombstone_says_that_the_key_has_nothing() -> None:
    """Whatever the key is; without one, it is an error."""
    for key in ("Sidecar/default/a", "anything", b"\xff"):
        heard = hear(key, None)
        assert [one for _, one in heard.said] == [None]
        assert heard.accepted
    assert codes(hear(None, None)) == [codes_kafka.UNUSABLE_KEY_OF_RECORD]


@pytest.mark.parametrize("key", [b"\xff\xfe", b"a\nb", b"", b"  ", b"k" * 2000])
def test_a_key_that_is_no_name_is_an_error(key: bytes) -> None:
    """Its place can still be shown in a line."""
    heard = hear(key, document("a", 1))
    assert codes(heard) == [codes_kafka.UNUSABLE_KEY_OF_RECORD]
    assert heard.said[0][0].isprintable()
    assert len(heard.said[0][0]) < 300


@pytest.mark.parametrize("value", ["", "  \n", "# nothing\n", "---\n"])
def test_an_empty_value_deletes_nothing(value: str) -> None:
    """A deletion is null."""
    heard = hear("Sidecar/default/a", value)
    assert codes(heard) == [codes_kafka.NO_DOCUMENT]
    assert not found(heard).parsed


# --------------------------------------------------------------------------------------------------------- CloudEvents


def event(**more: object) -> str:
    """Return an event in structured mode."""
    return orjson.dumps(EVENT | more).decode()


def test_an_event_in_structured_mode() -> None:
    """Known by its content type, or by its shape; its data is the document, JSON or text."""
    data = orjson.loads(JSON)
    for value in (
        event(data=data),
        event(data=document("a", 1), datacontenttype="application/yaml"),
        event(data_base64=base64.b64encode(document("a", 1).encode()).decode()),
    ):
        assert keys(hear("Sidecar/default/a", value)) == ["Sidecar default/a"]
        typed = hear("Sidecar/default/a", value, content_type="application/cloudevents+json; charset=UTF-8")
        assert keys(typed) == ["Sidecar default/a"]
        assert typed.accepted


def test_what_is_wrong_in_an_event_s_data_has_its_line() -> None:
    """The line of the record's value, where the data is JSON in it."""
    value = orjson.dumps(
        EVENT | {"data": orjson.loads(JSON) | {"spec": {"egres": []}}}, option=orjson.OPT_INDENT_2
    ).decode()
    heard = hear("Sidecar/default/a", value)
    assert not heard.accepted
    assert value.splitlines()[heard.diagnostics[0].origin.line - 1].strip().startswith('"egres"')


def test_an_event_in_binary_mode() -> None:
    """Attributes are headers; a null value is a tombstone."""
    attributes = {f"ce_{name}": text for name, text in EVENT.items()}
    assert keys(hear("Sidecar/default/a", document("a", 1), **attributes)) == ["Sidecar default/a"]
    assert hear("Sidecar/default/a", None, **attributes).said[0][1] is None
    del attributes["ce_id"]
    assert codes(hear("Sidecar/default/a", JSON, **attributes)) == [codes_kafka.UNUSABLE_EVENT]


@pytest.mark.parametrize(
    "value",
    [
        event(),
        event(data=None),
        event(data_base64="!"),
        event(data=orjson.loads(JSON), specversion="0.3"),
        orjson.dumps({"specversion": "1.0", "data": {}}).decode(),
        "[]",
        "null",
        JSON,
    ],
)
def test_an_event_that_is_none_is_an_error(value: str) -> None:
    """Without data, of another version, without an attribute that it must have, or no event at all."""
    heard = hear("Sidecar/default/a", value, content_type="application/cloudevents+json")
    assert codes(heard) == [codes_kafka.UNUSABLE_EVENT]


def test_other_formats_of_events_are_named() -> None:
    """Of CloudEvents' formats only JSON is read, one event a record."""
    heard = hear("Sidecar/default/a", "[]", content_type="application/cloudevents-batch+json")
    assert "application/cloudevents-batch+json" in heard.diagnostics[0].message


def test_a_document_with_a_specversion_is_a_document() -> None:
    """What has an apiVersion is no event."""
    value = orjson.dumps(orjson.loads(JSON) | {"specversion": "1.0"}).decode()
    assert keys(hear("Sidecar/default/a", value)) == ["Sidecar default/a"]


# ----------------------------------------------------------------------------------------------------- cause and poison


def test_trace_and_author_are_the_producer_s() -> None:
    """From headers or an event's attributes; what is no trace is passed over."""
    key, value = sidecar()
    parent = f"00-{'a1' * 16}-{'b2' * 8}-01"
    assert hear(key, value, traceparent=parent).trace == "a1" * 16
    assert hear(key, value, trace="deploy-17").trace == "deploy-17"
    assert hear(key, value, trace="no trace\n", traceparent="00-xyz").trace == ""
    assert hear(key, event(data=value, traceparent=parent)).trace == "a1" * 16
    assert hear(key, value, ce_traceparent=parent, **{f"ce_{n}": t for n, t in EVENT.items()}).trace == "a1" * 16
    assert hear(key, value, author="Kim <kim@example.com>\n").author == "Kim <kim@example.com>"


def test_what_the_stages_would_refuse_is_rejected() -> None:
    """A document that parses and is against its schema."""
    heard = hear("Sidecar/default/a", document("a", 1).replace("egress", "egres"))
    assert not heard.accepted
    assert keys(heard) == ["Sidecar default/a"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"\xff\xfe\x00", codes_document.ENCODING),
        (b"\x00\x00\x00\x00\x01{}", codes_document.ENCODING),
        (b'{"apiVersion": ', codes_document.SYNTAX),
        (b"[" * 100_000, codes_document.TOO_DEEP),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)),
            codes_document.ALIAS_EXPANSION,
        ),
        (b"!!python/object:os.system {}", codes_document.TAG),
    ],
)
def test_poison_is_a_diagnostic(value: bytes, code: str) -> None:
    """Not UTF-8, cut off, nested without end, aliases of aliases, tags."""
    assert code in codes(hear("Sidecar/default/a", value))


def test_what_is_too_large_is_a_diagnostic() -> None:
    """The limits of documents hold for records."""
    heard = understanding(limits=Limits(size=100)).hear(record("Sidecar/default/a", document("a", 1)))
    assert codes(heard) == [codes_document.TOO_LARGE]


_TEXTS = st.one_of(st.binary(max_size=200), st.sampled_from([JSON.encode(), document("a", 1).encode(), b"null", b"{}"]))


@given(
    key=st.one_of(st.none(), st.binary(max_size=40)),
    value=st.one_of(st.none(), _TEXTS, _TEXTS.map(lambda data: orjson.dumps(EVENT | {"data": data.decode("latin-1")}))),
    headers=st.dictionaries(
        st.sampled_from(["content_type", "ce_specversion", "traceparent", "trace", "author"]),
        st.sampled_from(["1.0", "application/cloudevents+json", "application/cloudevents", "\x00", "00-zz", ""]),
    ),
)
def test_no_record_is_an_exception(key: bytes | None, value: bytes | None, headers: dict[str, str]) -> None:
    """Whatever is in it, it is understood; and what is not accepted says why."""
    heard = hear(key, value, **headers)
    assert heard.said
    assert heard.accepted or heard.diagnostics
    assert all(place.isprintable() for place, _ in heard.said)
