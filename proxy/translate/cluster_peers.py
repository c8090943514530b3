"""What the endpoints of a service say of who they are and whether they take Istio's mutual TLS. Pure rules.

Rules of their own, because they seldom change when endpoints do, and clusters depend on nothing else of them.
"""

from __future__ import annotations

from pipeline.derive import View
from proxy.registry.endpoints import endpoints_of
from proxy.registry.service import PortKey
from proxy.registry.services import HostIn, service_in


def takes_mutual_tls(view: View, port: PortKey) -> bool:
    """Whether some endpoint is marked to take Istio's mutual TLS (a rule)."""
    return any(endpoint.tls_mode == "istio" for endpoint in view.derive(endpoints_of, port))


def service_accounts(view: View, port: PortKey) -> tuple[tuple[str, str], ...]:
    """The namespaces and service accounts of the endpoints, sorted (a rule)."""
    found = view.derive(endpoints_of, port)
    return tuple(sorted({(item.namespace, item.service_account) for item in found if item.service_account}))


def accounts_of(view: View, port: PortKey, trust_domain: str) -> tuple[str, ...]:
    """The names that certificates of a service may have: those it declares, and its workloads' identities."""
    service = view.derive(service_in, HostIn(port.service.namespace, port.host))
    declared = service.subject_alt_names if service is not None else ()
    own = (
        account if account.startswith("spiffe://") else f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}"
        for namespace, account in view.derive(service_accounts, port)
    )
    return tuple(sorted({*declared, *own}))
