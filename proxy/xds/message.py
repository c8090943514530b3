"""Responses as bytes, made once and shared by every stream in the same state. Pure.

The nonce is unique for each message that the server makes, not for each stream, so that one edit is one message and as
many writes of the same bytes object as there are streams. The shell holds the counter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from proxy.encoded import Encoded
from proxy.resource_type import ResourceType
from proxy.wire import text
from proxy.xds.step import Held

_TYPE_URL, _NONCE = 4, 5  # the same numbers in both responses
_VERSION_INFO = 1  # DiscoveryResponse.version_info, DeltaDiscoveryResponse.system_version_info
_REMOVED_RESOURCES = 6


class Move(NamedTuple):
    """One name of a message: what the client held, and what it is sent (None: removed)."""

    name: str
    before: Held
    after: Encoded | None


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A response: its bytes, and what it changes at a client that accepts it; `since` is the oldest revision in it.

    `version` is a state-of-the-world response's. Treat it as immutable; `leads` is filled at first use by
    `proxy.xds.leads.newly_led`.
    """

    type: ResourceType
    nonce: str
    data: bytes
    moves: tuple[Move, ...]
    since: int
    version: str = ""
    leads: frozenset[str] | None = None


class Composer:
    """Makes messages; takes each nonce from the counter it was given, which never repeats.

    `revision` is the one that is served now; a delta response carries it as its system version.
    """

    def __init__(self, nonces: Iterator[int]) -> None:
        """Start at no revision."""
        self._nonces = nonces
        self.revision = 0

    def delta(self, type_: ResourceType, moves: Sequence[Move], since: int) -> Message:
        """Return a delta response for the moves."""
        nonce = f"{next(self._nonces):x}"
        parts = [text(_VERSION_INFO, str(self.revision))]
        for _, _, after in moves:
            if after is not None:
                parts.append(after.resource_opening())
                parts.append(after.body)
        parts.append(text(_TYPE_URL, type_.type_url))
        parts.append(text(_NONCE, nonce))
        parts.extend(text(_REMOVED_RESOURCES, name) for name, _, after in moves if after is None)
        return Message(type=type_, nonce=nonce, data=b"".join(parts), moves=tuple(moves), since=since)

    def sotw(self, resources: Iterable[Encoded], *, version: str, moves: Sequence[Move], cause: Cause) -> Message:
        """Return a state-of-the-world response that carries the resources and means the moves."""
        nonce = f"{next(self._nonces):x}"
        parts = [text(_VERSION_INFO, version)]
        for resource in resources:
            parts.append(resource.any_opening())
            parts.append(resource.body)
        parts.append(text(_TYPE_URL, cause.type.type_url))
        parts.append(text(_NONCE, nonce))
        return Message(
            type=cause.type, nonce=nonce, data=b"".join(parts), moves=tuple(moves), since=cause.since, version=version
        )


class Cause(NamedTuple):
    """What a message is of, and the oldest revision that it is for."""

    type: ResourceType
    since: int


def set_version(versions: Iterable[tuple[str, str]]) -> str:
    """Return the version of a set of resources from their names and versions, whatever their order."""
    digest = blake2b(digest_size=8)
    for name, version in sorted(versions):
        digest.update(f"{len(name)}:{name}={version};".encode())
    return digest.hexdigest()
