"""What the stages remember, as tables of records that an engine keeps. Pure data.

The state is owned by whoever steps it: `pipeline.stages.step.step` changes it in place and tells every row that it wrote,
so that a log (or a Faust table) holds the same. Rows are records of `pipeline.model.codec`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pipeline.model import codec
from pipeline.model.diagnostic import Diagnostic
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
    """What one place says of one object: its latest words, what is wrong with them, and the last good version.

    `good` is None where the latest is good, and where nothing good was ever said (`accepted` tells which).
    """

    resource: Resource
    diagnostics: tuple[Diagnostic, ...] = ()
    accepted: bool = True
    good: Resource | None = None

    @property
    def served(self) -> Resource | None:
        """The version that may be served: the latest if it is good, else the last good one."""
        return self.resource if self.accepted else self.good


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A place that cannot be read, wholly or in part."""

    origin: Origin
    diagnostics: tuple[Diagnostic, ...]


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
    """A revision that the shrink guard keeps back: the number that it will have, and how much it would drop of how many."""

    number: int
    removed: int
    total: int


@codec.register
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source: whether it has once said everything, and the time of its last batch (seconds)."""

    name: str
    synced: bool = False
    at: float = 0.0


@dataclass(slots=True, kw_only=True)
class State:
    """Everything the stages remember.

    `mesh` is what is served; `pending` is where what should be served differs from it (only while a revision is held
    back); `contested` are the keys that more than one place claims.
    """

    claims: dict[Key, dict[Place, Claim]] = field(default_factory=dict)
    places: dict[Place, set[Key]] = field(default_factory=dict)
    faults: dict[Place, Fault] = field(default_factory=dict)
    pins: dict[Key, Pin] = field(default_factory=dict)
    mesh: dict[Key, Resource] = field(default_factory=dict)
    pending: dict[Key, Resource | None] = field(default_factory=dict)
    contested: set[Key] = field(default_factory=set)
    sources: dict[str, SourceState] = field(default_factory=dict)
    hold: Hold | None = None
    revision: Revision | None = None
    sequence: int = 0
