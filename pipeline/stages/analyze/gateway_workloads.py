"""What a Gateway needs of the proxies that it selects: that there are some, their Service's ports, their Secrets. Pure.

IST0101, IST0162, IST0161. Said only where Pods are known: proxies need not be written down anywhere.
Source: istio pkg/config/analysis/analyzers/gateway/{gateway,secret}.go.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

from pipeline.model.key import Key
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.selecting import selecting
from pipeline.stages.analyze.workloads import ANYWHERE, Selector, pods_known, selected, selector
from pipeline.stages.typed import typed_as
from schemas.kinds.kube_pod import Pod
from schemas.kinds.kube_secret import Secret
from schemas.kinds.kube_service import Service
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.gateway import Gateway

_PAIRS = (("tls.crt", "tls.key"), ("cert", "key"))
_ELSEWHERE = ("builtin://", "invalid://", "kubernetes-gateway://", "sds://", "file-root:", "file-cert:", "configmap://")
_PEM = b"-----BEGIN CERTIFICATE-----"


def gateway_workload_problems(view: View, key: Key, spec: Gateway) -> Iterator[Problem]:
    """Give what is wrong between a Gateway and its proxies."""
    known = view.derive(pods_known, ANYWHERE)
    wanted = selector(ANYWHERE, spec.selector)
    proxies = view.derive(selected, wanted) if known else ()
    if known and spec.selector and not proxies:
        hint = "no known workload has these labels"
        yield Problem("IST0101", "spec.selector", f"Referenced selector not found: '{wanted}'", hint)
        return
    if spec.selector:
        yield from _port_problems(view, spec, wanted)
    spaces = tuple(sorted({proxy.namespace for proxy in proxies if proxy.kind == "Pod"}))
    for number, server in enumerate(spec.servers):
        tls = server.tls
        for name in _credentials(tls.credential_name, *tls.credential_names) if tls is not None else ():
            yield from _secret_problems(view, key, spaces, (f"spec.servers[{number}].tls.credentialName", name))


class Credential(NamedTuple):
    """What is to be known of a Secret: whether it has a certificate and a key that could be such."""

    usable: bool
    problem: str = ""


def credential(view: View, key: Key) -> Credential | None:
    """Return whether a Secret can serve as a gateway's credential, None where there is none (a rule)."""
    secret = typed_as(view, key, Secret)
    if secret is None:
        return None
    values = {**{name: _decoded(text) for name, text in secret.data.items()}, **_plain(secret)}
    for certificate, private in _PAIRS:
        if certificate in values and private in values:
            if not values[certificate] or not values[private]:
                return Credential(usable=False, problem=f"{certificate} or {private} is empty")
            if _PEM not in values[certificate]:
                return Credential(usable=False, problem=f"{certificate} is no PEM certificate")
            return Credential(usable=True)
    return Credential(usable=False, problem="it needs tls.crt and tls.key, or cert and key")


def exposed_ports(view: View, wanted: Selector) -> frozenset[int] | None:
    """Return the workload ports that Services of the selected Pods lead to; None where no Service does (a rule)."""
    found: set[int] = set()
    services: dict[Key, None] = {}
    for pod in view.derive(selected, wanted):
        if pod.kind == "Pod":
            for service in view.derive(selecting, ("Service", pod)):
                services[service] = None
                found |= view.derive(target_ports, service)
                found |= view.derive(named_ports, (service, pod))
    return frozenset(found) if services else None


def target_ports(view: View, key: Key) -> frozenset[int]:
    """Return the numbers to which a Service's TCP ports lead; a named one counts as the port's own (a rule)."""
    service = typed_as(view, key, Service)
    ports = [port for port in service.ports if port.protocol == "TCP"] if service is not None else []
    return frozenset(port.target_port if isinstance(port.target_port, int) else port.port for port in ports)


def named_ports(view: View, pair: tuple[Key, Key]) -> frozenset[int]:
    """Return the numbers in a Pod of the ports that a Service calls by name (a rule)."""
    service, pod = typed_as(view, pair[0], Service), typed_as(view, pair[1], Pod)
    names = {port.target_port for port in service.ports} if service is not None else set()
    containers = pod.spec.containers if pod is not None and pod.spec is not None else ()
    return frozenset(port.container_port for one in containers for port in one.ports if port.name in names)


def _port_problems(view: View, spec: Gateway, wanted: Selector) -> Iterator[Problem]:
    exposed = view.derive(exposed_ports, wanted)
    for number, server in enumerate(spec.servers if exposed is not None else ()):
        if exposed is not None and server.port.number not in exposed:
            text = (
                f"The gateway listens on port {server.port.number}, to which no port of the Service of its workloads"
                f" leads (selector {wanted})"
            )
            hint = "the Service leads to " + (", ".join(map(str, sorted(exposed))) or "no port")
            yield Problem("IST0162", f"spec.servers[{number}].port.number", text, hint)


def _credentials(*names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name and not name.startswith(_ELSEWHERE))


def _secret_problems(view: View, key: Key, spaces: tuple[str, ...], place: tuple[str, str]) -> Iterator[Problem]:
    path, written = place
    name = written.removeprefix("kubernetes://").rpartition("/")[2]
    keys = [Key("Secret", space, name) for space in spaces] or list(view.lookup(secret_names, "Secret", name))
    found = {secret: state for secret in keys if (state := view.derive(credential, secret)) is not None}
    if not found:
        if spaces or view.keys("Secret"):
            near = did_you_mean(name, [secret.name for secret in view.keys("Secret")])
            hint = near or f"a Secret of that name must be in {spaces[0] if spaces else key.namespace}"
            yield Problem("IST0101", path, f"Referenced credentialName not found: {written!r}", hint)
    elif not any(state.usable for state in found.values()):
        secret, state = next(iter(found.items()))
        text = f"The credential {written} of the Gateway {key.name} is invalid: {state.problem}"
        yield Problem("IST0161", path, text, "put a PEM certificate and its key there", (secret,), "the Secret")


def secret_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the name of a Secret, whatever its namespace (an index's rule)."""
    return (key.name,) if view.get(key) is not None else ()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


def _plain(secret: Secret) -> dict[str, bytes]:
    return {name: text.encode() for name, text in secret.string_data.items()}
