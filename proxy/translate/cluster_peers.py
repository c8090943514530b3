"""What clusters depend on of the endpoints of a port: who they are, whether they take mutual TLS. Pure rules.

One small result that seldom changes when endpoints do, so that their churn stays with load assignments.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from proxy.registry.endpoints import endpoints_of
from proxy.registry.service import PortKey, Service


class Peers(NamedTuple):
    """Whether some endpoint takes Istio's mutual TLS, whether they are in several localities, their accounts."""

    mutual_tls: bool
    spread: bool
    accounts: tuple[tuple[str, str], ...]


def peers_of(view: View, port: PortKey) -> Peers:
    """What is known of the endpoints of a port as a whole (a rule); accounts are (namespace, service account)."""
    found = view.derive(endpoints_of, port)
    return Peers(
        any(endpoint.tls_mode == "istio" for endpoint in found),
        len({endpoint.locality for endpoint in found}) > 1,
        tuple(sorted({(item.namespace, item.service_account) for item in found if item.service_account})),
    )


def accounts_of(service: Service, peers: Peers, trust_domain: str) -> tuple[str, ...]:
    """The names that certificates of a service may have: those it declares, and its workloads' identities."""
    own = (
        account if account.startswith("spiffe://") else f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}"
        for namespace, account in peers.accounts
    )
    return tuple(sorted({*service.subject_alt_names, *own}))
