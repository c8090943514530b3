"""Addresses for hosts of ServiceEntries without, so that a proxy can tell their TCP connections apart. Pure rules.

A proxy uses them that resolves names itself (`DNS_CAPTURE` in its metadata), where `PILOT_ENABLE_IP_AUTOALLOCATE` is
set or its metadata has `DNS_AUTO_ALLOCATE`. They are of 240.240.0.0/16, by a hash of namespace and host: the same in
every process and after every restart, and another entry moves one only where two hashes meet (double hashing).
Source: istio pilot/pkg/serviceregistry/serviceentry/controller.go (autoAllocateIPs), pkg/networking/serviceentry
(ShouldV2AutoAllocateIP). Where Istio lets one host's address shift those of all later ones (x.255), the slot is unused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.inputs import IP_AUTOALLOCATE
from proxy.node import Node
from proxy.registry.service_entries import SERVICE_ENTRY
from proxy.registry.services import HostIn
from proxy.typed import typed_as
from schemas.hostname import is_wildcard
from schemas.kinds.service_entry import ServiceEntry

OPT_OUT: Final = "networking.istio.io/enable-autoallocate-ip"
"""The label that, with the value `false`, keeps an entry without an address."""

_SLOTS: Final = 255 * 255
_PRIME: Final = 65011
_WIDTH: Final = 255
_ON: Final = (True, "true", "1")


class Wish(NamedTuple):
    """A host that wants an address, and its hash."""

    host: str
    hash: int


def uses_allocated(view: View, node: Node) -> bool:
    """Whether a proxy sends to allocated addresses."""
    if node.metadata.get("DNS_CAPTURE") not in _ON:
        return False
    return bool(view.input(IP_AUTOALLOCATE)) or node.metadata.get("DNS_AUTO_ALLOCATE") in _ON


def wishes(view: View, key: Key) -> tuple[Wish, ...]:
    """The hosts of a ServiceEntry that want addresses (a rule)."""
    resource, spec = view.get(key), typed_as(view, key, ServiceEntry)
    if resource is None or spec is None or spec.addresses or spec.resolution == "NONE":
        return ()
    if resource.labels.get(OPT_OUT, "").lower() == "false":
        return ()
    hosts = dict.fromkeys(host.lower() for host in spec.hosts if not is_wildcard(host))
    return tuple(Wish(host, _hash(f"{key.namespace}/{host}")) for host in hosts)


def allocations(view: View, _: None) -> Mapping[HostIn, str]:
    """All addresses, by host (a rule)."""
    found: dict[HostIn, str] = {}
    taken: set[int] = set()
    for key in view.keys(SERVICE_ENTRY):
        for wish in view.derive(wishes, key):
            name = HostIn(key.namespace, wish.host)
            if name not in found and (slot := _free(wish.hash, taken)) is not None:
                taken.add(slot)
                third, fourth = divmod(slot + 1, _WIDTH)
                found[name] = f"240.240.{third}.{fourth}"
    return found


def allocated(view: View, name: HostIn) -> str:
    """The address of a host, empty where it has none (a rule)."""
    return view.derive(allocations, None).get(name, "")


def _free(hashed: int, taken: set[int]) -> int | None:
    """The first slot of a hash's sequence that can be had; None where all are taken."""
    slot, step = hashed % _SLOTS, _PRIME - hashed % _PRIME
    for attempt in range(1, _SLOTS):
        if slot not in taken and (slot + 1) % _WIDTH:
            return slot
        slot = (hashed + attempt * step) % (_SLOTS - 1)
    return None


def _hash(text: str) -> int:
    """FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found
