"""The catalogue of events: everything that a server tells, and of what each consists.

Of a batch: `Received`, a `Rejected` for each error that keeps something from being served, `Validated`. Of a revision:
`Published`, `Applied` (again and again, until all have it), `Nacked`, `Held`, `Confirmed`, `RolledBack`, `Released`. Of
the validation webhook: `Denied`.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from pydantic import Field

from schemas.events.event_data import EventData

MOST_NAMES = 1_000
"""Objects that one event names; it counts all."""


def _about(resource: str) -> str:
    """Return the subject of an object, `Kind namespace/name`."""
    return f"objects/{resource.replace(' ', '/')}"


class Received(EventData):
    """A source has handed over changes that belong together. `revision` is what was served when they came."""

    TYPE: ClassVar[str] = "io.galley.batch.received.v1"

    source: str = Field(description="The source's name.")
    changes: int = Field(ge=0, description="How many changes they are.")

    @property
    def subject(self) -> str:
        """The source."""
        return f"sources/{self.source}"


class Rejected(EventData):
    """An error keeps something from being served as it is written; what was served of it before is served on."""

    TYPE: ClassVar[str] = "io.galley.object.rejected.v1"

    resource: str = Field(description="The object, `Kind namespace/name`; empty where a file cannot be read.")
    source: str = Field(description="The source that said it.")
    file: str
    line: int = Field(ge=0, description="0 where the place has no lines.")
    code: str = Field(description="The diagnostic's code, such as IST0101; `galley explain CODE` has its page.")
    message: str

    @property
    def subject(self) -> str:
        """The object, or the file."""
        return _about(self.resource) if self.resource else f"sources/{self.source}/{self.file}"


class Validated(EventData):
    """Changes that belong together are durable and judged, and what is good of them is published."""

    TYPE: ClassVar[str] = "io.galley.batch.validated.v1"

    source: str = Field(description="The source's name.")
    rejected: int = Field(ge=0, description="Errors among them; one `rejected` event each, up to a hundred.")

    @property
    def subject(self) -> str:
        """The source."""
        return f"sources/{self.source}"


class Published(EventData):
    """A revision is published: a numbered state of the whole mesh."""

    TYPE: ClassVar[str] = "io.galley.revision.published.v1"

    digest: str = Field(description="The digest of the mesh's content: same content, same digest.")
    parent: int = Field(ge=0, description="The revision before it.")
    source: str = Field(description="The source whose changes made it.")
    author: str = Field(description="Who changed it, as far as the source knows.")
    commit: str = Field(description="The commit that it is of, if any.")
    changed: tuple[str, ...] = Field(
        max_length=MOST_NAMES,
        description="What differs from its parent, `Kind namespace/name`; at most 1,000.",
    )
    changes: int = Field(ge=0, description="How many objects differ.")


class Applied(EventData):
    """How far a revision has come among the proxies of the server that tells; not every step, but the last is told."""

    TYPE: ClassVar[str] = "io.galley.revision.applied.v1"

    applied: int = Field(ge=0, description="Connected proxies on which it is live.")
    of: int = Field(ge=0, description="Connected proxies.")
    refused: int = Field(ge=0, description="Connected proxies that refuse something of it.")
    complete: bool = Field(description="Whether every connected proxy has answered; nothing more is told of it then.")


class Nacked(EventData):
    """A proxy refuses a resource of a revision, and keeps what it had."""

    TYPE: ClassVar[str] = "io.galley.revision.nacked.v1"

    node: str = Field(description="The proxy's node id.")
    type: str = Field(description="The type URL of the Envoy resource.")
    resource: str = Field(description="The Envoy resource's name.")
    reason: str = Field(description="Why, in the proxy's words.")


class Held(EventData):
    """The shrink guard keeps a revision back that would drop too much, until it is confirmed."""

    TYPE: ClassVar[str] = "io.galley.revision.held.v1"

    removed: int = Field(ge=0, description="Objects that it would drop.")
    of: int = Field(ge=0, description="Objects that are served.")
    emptied: str = Field(description="A source of which nothing would be left; empty where there is none.")


class Confirmed(EventData):
    """Somebody has let a revision through that the shrink guard held."""

    TYPE: ClassVar[str] = "io.galley.revision.confirmed.v1"


class RolledBack(EventData):
    """A revision goes back to an older one; what it restores is pinned until its source says something newer."""

    TYPE: ClassVar[str] = "io.galley.revision.rolled_back.v1"

    to: int = Field(ge=0, description="The revision that is restored.")


class Released(EventData):
    """Pins of a rollback are lifted; what the sources say is served again."""

    TYPE: ClassVar[str] = "io.galley.revision.released.v1"

    resources: tuple[str, ...] = Field(
        max_length=MOST_NAMES, description="The objects, `Kind namespace/name`; at most 1,000."
    )
    count: int = Field(ge=0, description="How many they are.")


class Denied(EventData):
    """The validation webhook has refused an object. `revision` is what it was judged against."""

    TYPE: ClassVar[str] = "io.galley.object.denied.v1"

    resource: str = Field(description="The object, `Kind namespace/name`.")
    user: str = Field(description="Who wanted to store it.")
    code: str = Field(description="The code of the first error.")
    message: str = Field(description="The first error.")
    errors: int = Field(ge=1, description="How many errors there are.")
    untold: int = Field(ge=0, description="Refusals since the last event of this type that were too many to tell.")

    @property
    def subject(self) -> str:
        """The object."""
        return _about(self.resource)


AnyEvent: TypeAlias = (
    Received | Rejected | Validated | Published | Applied | Nacked | Held | Confirmed | RolledBack | Released | Denied
)
"""One of them all."""

CATALOGUE: dict[str, type[AnyEvent]] = {
    model.TYPE: model
    for model in (
        Received,
        Rejected,
        Validated,
        Published,
        Applied,
        Nacked,
        Held,
        Confirmed,
        RolledBack,
        Released,
        Denied,
    )
}
"""Every event's data, by its type."""
