"""Events are CloudEvents 1.0, each with a schema that says what its model says."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from schemas.events.catalogue import CATALOGUE, Applied, Held, Rejected
from schemas.events.cloud_event import cloud_event, event_schema, trace_of
from schemas.events.event_data import EventData

_PAGE = Path(__file__).parents[2] / "docs" / "streams.md"


def told(data: EventData, trace: str = "", at: float = 1.5) -> dict[str, Any]:
    """Return an event as its reader gets it."""
    found: dict[str, Any] = orjson.loads(cloud_event(data, id_="a-1", source="//host/galley/a", at=at, trace=trace))
    return found


@pytest.mark.parametrize("type_", CATALOGUE)
def test_a_schema_lets_only_its_own_type_through_and_what_later_versions_add(type_: str) -> None:
    """Every schema is a schema; the others' events are wrong by it; fields that nobody knows yet are not."""
    schema = event_schema(CATALOGUE[type_])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    event = told(Held(revision=3, removed=1, of=2, emptied=""))
    assert validator.is_valid(event) is (type_ == Held.TYPE)
    event["data"]["later"] = event["later"] = 1
    assert validator.is_valid(event) is (type_ == Held.TYPE)
    del event["data"]["revision"]
    assert not validator.is_valid(event)


def test_the_page_about_streams_has_every_type_with_its_fields() -> None:
    """`docs/streams.md` names all types and no others, each with all that its data has besides the revision."""
    rows = [line.split("|") for line in _PAGE.read_text().splitlines() if line.startswith("| `io.galley.")]
    told = {row[1].strip(" `"): set(re.findall("`([a-z_]+)`", row[2])) for row in rows}
    assert told == {type_: set(model.model_fields) - {"revision"} for type_, model in CATALOGUE.items()}


def test_types_are_of_one_form() -> None:
    """`io.galley.WHAT.WORD.vN`, and no two have the same word, which is what people see."""
    parts = [type_.split(".") for type_ in CATALOGUE]
    assert {(len(part), part[0], part[1], part[4]) for part in parts} == {(5, "io", "galley", "v1")}
    for one, other in itertools.combinations(parts, 2):
        assert one[3] != other[3]


@given(st.text("0123456789abcdef", min_size=16, max_size=16), st.booleans())
def test_a_trace_id_is_carried_as_w3c_has_it_and_read_back(half: str, whole: bool) -> None:  # noqa: FBT001  generated
    """64 and 128 bits, in `traceparent`; an id that W3C forbids stands beside it; both are read back."""
    trace = "1" + half[1:] + half if whole else half
    event = told(Applied(revision=1, applied=1, of=2, refused=0, complete=False), trace)
    assert trace_of(event) == trace
    assert ("traceparent" in event) == (half != "0" * 16)
    assert ("galleytrace" in event) == (half == "0" * 16)
    Draft202012Validator(event_schema(Applied)).validate(event)


def test_any_other_trace_stands_in_a_field_of_ours_and_none_in_none() -> None:
    """`galleytrace` has what is no trace id; without a trace there is neither field."""
    held = Held(revision=3, removed=1, of=2, emptied="")
    assert told(held, "build 7")["galleytrace"] == trace_of(told(held, "build 7")) == "build 7"
    assert not {"traceparent", "galleytrace"} & told(held).keys()
    assert trace_of(told(held)) == ""


def test_a_file_whose_name_is_no_text_is_told_of() -> None:
    """A name that is not Unicode, as operating systems allow, breaks no event."""
    wrong = Rejected(revision=1, resource="", source="files", file="a\udcff.yaml", line=1, code="GLY0001", message="")
    event = told(wrong)
    assert event["data"]["file"] == "a?.yaml"
    assert event["subject"] == "sources/files/a?.yaml"
    assert event["time"] == "1970-01-01T00:00:01.500000Z"
