"""What the stages remember, as tables of records that an engine keeps. Pure data.

The state is owned by whoever steps it: `pipeline.stages.step.step` changes it in place and tells every row that it
wrote, so that a log (or a Faust table) holds the same. Rows are records of `pipeline.model.codec`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pipeline.model import codec
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.digest_set import DigestSet
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource

if TYPE_CHECKING:
    from pipeline.model.revision import Revision

Place: TypeAlias = tuple[str, str]
"""A source's name and a file (or cluster) of it: what `Origin.place` gives."""


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one place says of one object: its latest words, and what is wrong with them.

    `noted` is what reading the document found, `judged` what the object's validation did. `instead` is what is served
    in place of `resource`: its normalised form where that differs, or, where it is bad, the last good version's.
    """

    resource: Resource
    noted: tuple[Diagnostic, ...] = ()
    judged: tuple[Diagnostic, ...] = ()
    instead: Resource | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is wrong with the latest words."""
        return self.noted + self.judged

    @property
    def accepted(self) -> bool:
        """Whether the latest words are good."""
        return not any(found.severity is Severity.ERROR for found in self.diagnostics)

    @property
    def served(self) -> Resource | None:
        """The version that may be served: the latest if it is good, else the last good one of this place."""
        if self.instead is not None:
            return self.instead
        return self.resource if self.accepted else None


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A place that cannot be read, wholly or in part; `held` are the objects that it holds back, None: all of its."""

    origin: Origin
    diagnostics: tuple[Diagnostic, ...]
    held: tuple[Key, ...] | None = None


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A rollback's hold on an object: serve `resource` (None: nothing) while its source still says `against`."""

    key: Key
    resource: Resource | None
    against: str
    revision: int


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A revision that the shrink guard keeps back: the number it will have, and how much it would drop of how many.

    `emptied` names a source of which nothing would be left; empty where there is none.
    """

    number: int
    removed: int
    total: int
    emptied: str = ""


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source: whether it has once said everything, the time of its last batch (seconds), its place.

    `location` is what identifies it, whatever it is called; empty where nobody has said.
    """

    name: str
    synced: bool = False
    at: float = 0.0
    location: str = ""


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served of an object, since which revision. Only its content counts for `since`, not its origin."""

    resource: Resource
    since: int


@dataclass(slots=True, kw_only=True)
class State:
    """Everything the stages remember.

    `mesh` is what is served, `since` the revision that last changed each object of it, `digests` its content's digests;
    `pending` is where what should be served differs from it (only while a revision is held back); `contested` are the
    keys that more than one place claims.
    """

    claims: dict[Key, dict[Place, Claim]] = field(default_factory=dict)
    places: dict[Place, set[Key]] = field(default_factory=dict)
    faults: dict[Place, Fault] = field(default_factory=dict)
    pins: dict[Key, Pin] = field(default_factory=dict)
    mesh: dict[Key, Resource] = field(default_factory=dict)
    since: dict[Key, int] = field(default_factory=dict)
    digests: DigestSet = field(default_factory=DigestSet)
    pending: dict[Key, Resource | None] = field(default_factory=dict)
    contested: set[Key] = field(default_factory=set)
    sources: dict[str, SourceState] = field(default_factory=dict)
    hold: Hold | None = None
    revision: Revision | None = None
    sequence: int = 0

    def serve(self, key: Key, resource: Resource | None, revision: int) -> None:
        """Set what is served of an object (None: nothing) from a revision on."""
        before = self.mesh.pop(key, None)
        if before is not None:
            self.digests.discard(before.digest)
        if resource is None:
            self.since.pop(key, None)
        else:
            self.mesh[key] = resource
            self.digests.add(resource.digest)
            self.since[key] = revision

    def copy(self) -> State:
        """Return a state that goes its own way; the records, which never change, are shared."""
        return State(
            claims={key: dict(claims) for key, claims in self.claims.items()},
            places={place: set(keys) for place, keys in self.places.items()},
            faults=dict(self.faults),
            pins=dict(self.pins),
            mesh=dict(self.mesh),
            since=dict(self.since),
            digests=self.digests.copy(),
            pending=dict(self.pending),
            contested=set(self.contested),
            sources=dict(self.sources),
            hold=self.hold,
            revision=self.revision,
            sequence=self.sequence,
        )
