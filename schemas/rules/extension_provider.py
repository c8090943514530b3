"""Rules of extension providers. Pure. As in Istio, a wrong one is a warning: it matters only where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, warned
from schemas.json_name import json_name
from schemas.rules.names import fqdn_problem, is_dns_label
from schemas.rules.ports import port_problem
from schemas.types.extension_provider import PROVIDERS, ExtensionProvider
from schemas.types.provider_service import ServiceRef


def check_extension_providers(providers: Sequence[ExtensionProvider], path: str) -> Iterator[Fault]:
    """Each has a name of its own, one provider, and a service that can be called."""
    seen: set[str] = set()
    for index, provider in enumerate(providers):
        where = f"{path}[{index}]"
        if not provider.name:
            yield warned(f"{where}.name", "a provider without a name cannot be used")
        elif provider.name in seen:
            yield warned(f"{where}.name", f"the provider `{provider.name[:80]}` is there twice")
        seen.add(provider.name)
        given = [name for name in PROVIDERS if getattr(provider, name) is not None]
        if not given:
            yield warned(where, "the provider says nothing but its name", "add one such as `envoyExtAuthzHttp`")
        for name in given:
            content = getattr(provider, name)
            if isinstance(content, ServiceRef):
                yield from _check_service(content, f"{where}.{json_name(name)}")


def _check_service(service: ServiceRef, path: str) -> Iterator[Fault]:
    namespace, slash, host = service.service.rpartition("/")
    if slash and not is_dns_label(namespace):
        yield warned(f"{path}.service", f"`{namespace[:80]}` is not the name of a namespace")
    if problem := fqdn_problem(host):
        yield warned(f"{path}.service", problem)
    if problem := port_problem(service.port):
        yield warned(f"{path}.port", problem)
