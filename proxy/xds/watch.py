"""One stream's interest in one type: what it asks for, what it lacks, what is in flight, what it refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from proxy.xds.message import Message
from proxy.xds.refusal import Refusal
from proxy.xds.search import Search
from proxy.xds.step import Held, Step, merge
from proxy.xds.subscription import Subscription

if TYPE_CHECKING:
    from proxy.xds.session import Session
    from proxy.xds.table import Table

NONE: Mapping[str, str] = {}


class Watch:
    """The state of one type on one stream. Small where the stream is in step: references to what is shared.

    `behind` is what the client lacks (`proxy.xds.step`); `flights` the messages not yet answered, oldest first;
    `refused` the refusals by name; `search` the running search for a culprit; `greet` asks for a response even if there
    is nothing in it; `claims` are virtual hosts, by version, that a client said it holds of routes not yet known;
    `last_nonce` is what a state-of-the-world client answers; `really` what is held of names whose refused version a
    later message in flight took for granted; `unsure` names of refused messages, the good part of which may be applied.
    """

    __slots__ = (
        "behind",
        "claims",
        "flights",
        "greet",
        "last_nonce",
        "really",
        "refused",
        "search",
        "session",
        "subscription",
        "table",
        "unsure",
    )

    def __init__(self, session: Session, table: Table, subscription: Subscription) -> None:
        """Join the table."""
        self.session = session
        self.table = table
        self.subscription = subscription
        self.behind: Step | None = None
        self.flights: list[Message] = []
        self.refused: dict[str, Refusal] = {}
        self.search: Search | None = None
        self.greet = False
        self.claims: Mapping[str, str] = NONE
        self.last_nonce = ""
        self.really: dict[str, Held] = {}
        self.unsure: frozenset[str] = frozenset()
        table.join(self)

    @property
    def is_plain(self) -> bool:
        """Whether nothing sets the watch apart from others with the same step, so that messages can be shared."""
        return not self.refused and self.search is None and not self.really and not self.unsure

    @property
    def is_settled(self) -> bool:
        """Whether everything was sent and answered."""
        return self.behind is None and not self.flights and self.search is None and not self.greet

    def holds(self, name: str) -> Held:
        """Return what the client holds of a name, once it has accepted all that is in flight."""
        refusal = self.refused.get(name)
        if refusal is not None:
            return refusal.last
        if self.behind is not None and name in self.behind.held:
            return self.behind.held[name]
        return self.table.resources.get(name) if self.subscription.selects(name) else None

    def lack(self, step: Step | None) -> None:
        """Add to what the client lacks."""
        self.behind = merge(self.behind, step)

    def force(self, names: Iterable[str], since: int) -> None:
        """Have the names answered, whatever the client holds of them."""
        wanted = frozenset(names)
        if wanted:
            self.lack(Step(held={name: self.holds(name) for name in sorted(wanted)}, forced=wanted, since=since))

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for something else from now on; what is no longer asked for is no longer lacked."""
        self.table.leave(self)
        self.subscription = subscription
        self.table.join(self)

    def oldest(self) -> int | None:
        """Return the oldest revision of which something is not sent or not answered, None where there is none."""
        revisions = [message.since for message in self.flights]
        if self.behind is not None:
            revisions.append(self.behind.since)
        if self.search is not None:
            again = (name for name in self.search.waiting if name in self.refused)
            revisions.extend(self.refused[name].since for name in again)
        return min(revisions, default=None)

    def close(self) -> None:
        """Leave the table."""
        self.table.leave(self)
