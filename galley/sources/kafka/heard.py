"""`Understanding`: a record into what it says of which places, and what is to be said to whoever wrote it. Pure.

A place is what a key says (`TOPIC/KEY`): a value replaces all that the key said before. A record without a key says
only something of the objects in it, each of which is a place by its own name; what cannot be read of such records is a
fault of their partition (`TOPIC[PARTITION]`), until one comes that can be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from galley.documents.limits import DEFAULT_LIMITS
from galley.documents.read import read
from galley.documents.reading import Reading
from galley.sources.kafka.content import content_of
from galley.sources.kafka.record_key import RecordKey, record_key
from pipeline.model import codes_kafka as codes
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.origin import Origin
from pipeline.stages.accept import accept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.documents.limits import Limits
    from galley.documents.reading import Read
    from galley.sources.diff import Found
    from galley.sources.kafka.content import Content
    from galley.sources.kafka.record import Record
    from pipeline.stages.policy import Policy
    from schemas.registry import Registry

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
_TRACE: Final = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)
_LONGEST_AUTHOR: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A record and what it says: of each place, what is there now.

    `diagnostics` are all that reading and judging found. `trace` and `author` are the producer's, or empty.
    """

    record: Record
    said: tuple[tuple[str, Found], ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    trace: str = ""
    author: str = ""

    @property
    def accepted(self) -> bool:
        """Whether all of it is good."""
        return not any(found.severity is Severity.ERROR for found in self.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Understands the records of one topic for one source. `policy` is the stages', which judge the same again."""

    source: str
    topic: str
    namespace: str
    policy: Policy
    registry: Registry
    limits: Limits = DEFAULT_LIMITS

    def place(self, key: bytes) -> str:
        """Return the place of a key."""
        return f"{self.topic}/{record_key(key).text}"

    def hear(self, record: Record) -> Heard:
        """Return what a record says. Never raises, whatever is in it."""
        content = content_of(record) if record.value is not None else None
        attributes = content.attributes if content else {}
        trace = _trace(record.header("traceparent") or attributes.get("traceparent", ""), record.header("trace"))
        author = (record.header("author") or attributes.get("author", ""))[:_LONGEST_AUTHOR]
        author = "".join(one for one in author if one.isprintable()).strip()
        if record.key is None:
            said = tuple(self._of_nobody(record, content))
        else:
            key = record_key(record.key)
            place = f"{self.topic}/{key.text}"
            said = ((place, None if content is None else self._keyed(key, content)),)
        return Heard(record=record, said=said, diagnostics=tuple(self._findings(said)), trace=trace, author=author)

    # ----------------------------------------------------------------------------------------------------------------

    def _keyed(self, key: RecordKey, content: Content) -> Reading:
        place = f"{self.topic}/{key.text}"
        if key.problem:
            hint = "write it as Kind/namespace/name, or as a name that stays the same"
            return self._faulty(place, codes.UNUSABLE_KEY_OF_RECORD, f"the record's key {key.problem}", hint)
        reading = self._read(place, content, key.namespace or self.namespace)
        strangers = [one.resource for one in reading.resources if key.names_an_object and not self._is(key, one)]
        if strangers:
            first = strangers[0]
            fault = Diagnostic(
                code=codes.KEY_CONTRADICTS,
                severity=Severity.ERROR,
                message=f"the key names {key.text}, and the value is {first.key}",
                origin=first.origin.at(first.origin.line, first.origin.column),
                key=first.key,
                hint="write it under its own key; a bundle's key names no object, such as `bundle.yaml`",
            )
            return Reading(faults=(fault, *reading.faults), parsed=False, documents=reading.documents)
        return reading

    def _of_nobody(self, record: Record, content: Content | None) -> Iterator[tuple[str, Found]]:
        """Give what a record without a key says, by the names of the objects in it."""
        place = f"{self.topic}[{record.partition}]"
        if content is None:
            hint = "a deletion has to say of what: write it under the object's key"
            yield place, self._faulty(place, codes.UNUSABLE_KEY_OF_RECORD, "the record has no key and no value", hint)
            return
        reading = self._read(place, content, self.namespace)
        faults = reading.faults
        yield place, Reading(faults=faults, parsed=False) if faults else None
        if reading.parsed:
            for one in reading.resources:
                key = one.resource.key
                name = "/".join((key.kind, key.namespace, key.name) if key.namespace else (key.kind, key.name))
                file = f"{self.topic}/{name}"
                found = tuple(replace(noted, origin=replace(noted.origin, file=file)) for noted in one.diagnostics)
                resource = replace(one.resource, origin=replace(one.resource.origin, file=file))
                yield file, Reading(resources=(one._replace(resource=resource, diagnostics=found),), documents=1)

    def _read(self, place: str, content: Content, namespace: str) -> Reading:
        if content.problem:
            hint = "see the CloudEvents specification, 1.0; a deletion is a record without value"
            return self._faulty(place, codes.UNUSABLE_EVENT, f"the CloudEvent {content.problem}", hint)
        reading = read(
            content.text,
            self.source,
            place,
            self.limits,
            self.registry,
            namespace=namespace,
            within=content.within,
        )
        if reading.parsed and not reading.documents and not reading.faults:
            if content.within:
                return self._faulty(place, codes.UNUSABLE_EVENT, "the CloudEvent has no data", "put the document there")
            hint = "a deletion is a record without value (null)"
            return self._faulty(place, codes.NO_DOCUMENT, "the record's value has no document", hint)
        return reading

    def _is(self, key: RecordKey, one: Read) -> bool:
        return key.fits(one.resource, self.registry)

    def _faulty(self, place: str, code: str, message: str, hint: str) -> Reading:
        origin = Origin(source=self.source, file=place)
        fault = Diagnostic(code=code, severity=Severity.ERROR, message=message, origin=origin, hint=hint)
        return Reading(faults=(fault,), parsed=False)

    def _findings(self, said: tuple[tuple[str, Found], ...]) -> Iterator[Diagnostic]:
        for _, found in said:
            if isinstance(found, Reading):
                yield from found.faults
                for one in found.resources:
                    yield from accept(one.resource, one.diagnostics, None, self.policy).diagnostics


def _trace(parent: str, trace: str) -> str:
    """Return the trace that a producer gives; nothing where it is none."""
    if found := _TRACEPARENT.fullmatch(parent.strip().lower()):
        return found[1]
    return trace if _TRACE.fullmatch(trace) else ""
