"""An Envoy resource, encoded once, for every proxy that gets it. Pure data.

The version is the digest of the body, so that it is the same on every replica and after every restart, and a client
that comes back with the versions it holds is sent nothing that it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from proxy.resource_type import ResourceType
from proxy.wire import opening, text

_RESOURCES = 2  # DiscoveryResponse.resources and DeltaDiscoveryResponse.resources
_ANY_TYPE, _ANY_VALUE = 1, 2
_RESOURCE_VERSION, _RESOURCE_ANY, _RESOURCE_NAME = 1, 2, 3
_NAME, _VIRTUAL_HOSTS = 1, 2
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A resource's type, name, version and serialised message (no `Any`). Equal where type, name and version are.

    Make one with `encoded`. The openings of its two frames are made at first use and kept; the body is never copied.
    """

    type: ResourceType
    name: str
    version: str
    body: bytes = field(compare=False, repr=False)
    _delta: bytes | None = field(default=None, init=False, compare=False, repr=False)
    _any: bytes | None = field(default=None, init=False, compare=False, repr=False)

    def resource_opening(self) -> bytes:
        """Return what stands before the body in a delta response's `resources`: Resource{version, name, Any{type}}."""
        if self._delta is None:
            inner = text(_ANY_TYPE, self.type.type_url) + opening(_ANY_VALUE, len(self.body))
            head = text(_RESOURCE_VERSION, self.version) + text(_RESOURCE_NAME, self.name)
            head += opening(_RESOURCE_ANY, len(inner) + len(self.body)) + inner
            object.__setattr__(self, "_delta", opening(_RESOURCES, len(head) + len(self.body)) + head)
        assert self._delta is not None
        return self._delta

    def any_opening(self) -> bytes:
        """Return what stands before the body in `DiscoveryResponse.resources`: Any{type}."""
        if self._any is None:
            inner = text(_ANY_TYPE, self.type.type_url) + opening(_ANY_VALUE, len(self.body))
            object.__setattr__(self, "_any", opening(_RESOURCES, len(inner) + len(self.body)) + inner)
        assert self._any is not None
        return self._any

    def resource_frame(self) -> bytes:
        """Return the whole field of a delta response that carries this resource."""
        return self.resource_opening() + self.body


def encoded(type_: ResourceType, name: str, body: bytes) -> Encoded:
    """Return the resource with the digest of its body as version."""
    return Encoded(type=type_, name=name, version=blake2b(body, digest_size=_DIGEST_BYTES).hexdigest(), body=body)


def named(name: str, nameless: bytes) -> bytes:
    """Return a message's body with its name (field 1 of Envoy's named resources) joined to the rest, encoded before."""
    return text(_NAME, name) + nameless


def table_entry(name: str, nameless: bytes) -> bytes:
    """Return a virtual host as one entry of `RouteConfiguration.virtual_hosts`, from its body without a name."""
    head = text(_NAME, name)
    return opening(_VIRTUAL_HOSTS, len(head) + len(nameless)) + head + nameless
