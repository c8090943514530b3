"""Names of gateways in VirtualServices: `namespace/name`, `name`, or the old `name.namespace.svc...`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid, warned
from schemas.rules.names import dns_label_problem, fqdn_problem


def check_gateway_names(names: Sequence[str], path: str) -> Iterator[Fault]:
    """Namespace and name are DNS labels; the old form with dots is a warning."""
    for index, name in enumerate(names):
        where = f"{path}[{index}]"
        namespace, slash, gateway = name.partition("/")
        if not slash:
            if problem := fqdn_problem(name):
                yield invalid(where, problem)
            elif "." in name:
                short, space, *_ = name.split(".")
                yield warned(where, f"`{name[:80]}` is the old form of a gateway's name", f"write `{space}/{short}`")
        elif problem := dns_label_problem(namespace, "namespace") or dns_label_problem(gateway, "gateway"):
            yield invalid(where, problem)
