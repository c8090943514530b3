"""All that a source, or a person at the terminal, can say of one thing. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.origin import Origin
    from pipeline.model.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Upserted:
    """The object is there, and says this. `diagnostics` are what reading its document found (warnings)."""

    resource: Resource
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The object is no longer at this place (`origin.place`); another place may still have it."""

    key: Key
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulted:
    """The place could not be read, wholly or in part; without diagnostics: it can be read again.

    What was read from it before stays: its objects are held at their last good version. `held` names them where they
    are not all of the place's (None): those that were not found among what could be read.
    """

    origin: Origin
    diagnostics: tuple[Diagnostic, ...] = ()
    held: tuple[Key, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """The source has said everything it has: what it claimed before and did not name in this batch, it still claims."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A rollback holds the object at this resource (None: absent) while its source says `against`, nothing newer."""

    key: Key
    resource: Resource | None
    against: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A rollback's pin on the object is lifted."""

    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Somebody lets the revision through that the shrink guard holds."""

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The server has these sources, by name and by where each is; what others said goes, what moved keeps its words."""

    sources: Mapping[str, str]


Change: TypeAlias = Upserted | Deleted | Faulted | Synced | Pinned | Released | Confirmed | Configured
