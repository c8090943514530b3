"""Rules of PeerAuthentication. Pure. Source: Istio's `ValidatePeerAuthentication`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.peer_authentication import PeerAuthentication
from schemas.path import join
from schemas.rules.policy_target import check_policy_selector

_HIGHEST = 65535


def check_peer_authentication(policy: PeerAuthentication, path: str, namespace: str) -> Iterator[Fault]:
    """Ports of selected workloads only, by their numbers."""
    del namespace
    ports = policy.port_level_mtls
    where = f"{path}.portLevelMtls"
    selects = policy.selector is not None and policy.selector.match_labels
    if ports and not selects:
        yield invalid(where, "modes of single ports need a selector with labels", "add `selector: {matchLabels: ...}`")
    if ports is not None and not ports:
        yield invalid(where, "without ports, the field must be left out")
    for port in ports or ():
        if not (port.isascii() and port.isdecimal() and 1 <= int(port[:10]) <= _HIGHEST):
            yield invalid(join(where, port), f"`{port[:40]}` is not a port between 1 and 65535")
    yield from check_policy_selector(policy.selector, f"{path}.selector")
