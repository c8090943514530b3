"""Rules of a sidecar's listeners. Pure. Source: Istio's `ValidateSidecar`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid, warned
from schemas.kinds.sidecar import IstioEgressListener, IstioIngressListener
from schemas.rules.addresses import UNIX, ip_problem, split_host_port, unix_problem
from schemas.rules.connection_pool import check_connection_pool
from schemas.rules.host_entry import check_host_entry
from schemas.rules.names import dns_label_problem
from schemas.rules.ports import is_http, is_tls, port_problem, protocol_problem
from schemas.rules.server_tls import check_server_tls
from schemas.types.port import SidecarPort
from schemas.types.server_tls import ServerTLSSettings

_LOCAL = frozenset({"", "127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104  addresses as data, nothing is bound
_LOCAL_FORMS = "127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT, :PORT or unix:///path"


def check_ingress_listeners(listeners: Sequence[IstioIngressListener], path: str) -> Iterator[Fault]:
    """Each port once, an endpoint of the workload itself, TLS only where the protocol is TLS."""
    seen: set[int] = set()
    for index, listener in enumerate(listeners):
        where = f"{path}[{index}]"
        yield from _check_port(listener.port, where)
        if problem := port_problem(listener.port.number):
            yield invalid(f"{where}.port.number", problem)
        elif listener.port.number in seen:
            yield invalid(f"{where}.port.number", f"port {listener.port.number} is there twice")
        seen.add(listener.port.number)
        if listener.bind and (problem := ip_problem(listener.bind)):
            yield invalid(f"{where}.bind", problem)
        yield from _check_default_endpoint(listener.default_endpoint, f"{where}.defaultEndpoint")
        if listener.tls is not None:
            yield from _check_ingress_tls(listener.tls, listener.port, f"{where}.tls")
        yield from check_connection_pool(listener.connection_pool, f"{where}.connectionPool")
        if listener.connection_pool and listener.connection_pool.http and not is_http(listener.port.protocol):
            yield warned(
                f"{where}.connectionPool.http",
                f"settings for HTTP have no effect on a port with protocol {listener.port.protocol or 'unset'}",
            )


def _check_port(port: SidecarPort, path: str) -> Iterator[Fault]:
    if port.target_port:
        yield invalid(f"{path}.port.targetPort", "targetPort has no effect on sidecars: remove it")
    if port.name and (problem := dns_label_problem(port.name, "port name")):
        yield invalid(f"{path}.port.name", problem)
    if problem := protocol_problem(port.protocol):
        yield invalid(f"{path}.port.protocol", problem)


def _check_default_endpoint(endpoint: str, path: str) -> Iterator[Fault]:
    if not endpoint:
        return
    if endpoint.startswith(UNIX):
        if problem := unix_problem(endpoint.removeprefix(UNIX)):
            yield invalid(path, problem)
        return
    parts = split_host_port(endpoint)
    if parts is None or parts[0] not in _LOCAL:
        yield invalid(path, f"`{endpoint[:80]}` is not of the form {_LOCAL_FORMS}")
    elif not (parts[1].isascii() and parts[1].isdigit()):
        yield invalid(path, f"the port of `{endpoint[:80]}` is not a number")
    elif problem := port_problem(int(parts[1][:10])):
        yield invalid(path, problem)


def _check_ingress_tls(tls: ServerTLSSettings, port: SidecarPort, path: str) -> Iterator[Fault]:
    for name, given in (
        ("subjectAltNames", tls.subject_alt_names),
        ("httpsRedirect", tls.https_redirect),
        ("credentialName", tls.credential_name),
        ("credentialNames", tls.credential_names),
        ("tlsCertificates", tls.tls_certificates),
    ):
        if given:
            yield invalid(f"{path}.{name}", f"`{name}` does not work on a sidecar: remove it")
    if tls.mode in {"ISTIO_MUTUAL", "AUTO_PASSTHROUGH"}:
        yield invalid(f"{path}.mode", f"mode {tls.mode} does not work on a sidecar's ingress listener")
    if not is_tls(port.protocol):
        yield invalid(path, f"`tls` needs a port with protocol HTTPS or TLS, got {port.protocol or 'none'}")
    yield from check_server_tls(tls, path)


def check_egress_listeners(listeners: Sequence[IstioEgressListener], path: str, namespace: str) -> Iterator[Fault]:
    """Each port or socket once; one listener without port, the last one; hosts as `namespace/dnsName`."""
    seen: set[int | str] = set()
    for index, listener in enumerate(listeners):
        where = f"{path}[{index}]"
        if listener.port is None:
            if index != len(listeners) - 1:
                yield invalid(where, "the listener without a port takes everything else: it must be the last one")
        else:
            yield from _check_egress_port(listener, listener.port, where)
            address = listener.port.number or listener.bind
            if address in seen:
                yield invalid(f"{where}.port", f"a listener on `{address}` is there twice")
            seen.add(address)
        yield from _check_hosts(listener.hosts, f"{where}.hosts", namespace)


def _check_egress_port(listener: IstioEgressListener, port: SidecarPort, path: str) -> Iterator[Fault]:
    yield from _check_port(port, path)
    if port.number:
        if problem := port_problem(port.number):
            yield invalid(f"{path}.port.number", problem)
        if listener.bind and (problem := ip_problem(listener.bind)):
            yield invalid(f"{path}.bind", problem)
        return
    if not listener.bind.startswith(UNIX):
        yield invalid(f"{path}.bind", "port 0 is for Unix sockets: bind must be of the form unix:///path")
    elif problem := unix_problem(listener.bind.removeprefix(UNIX)):
        yield invalid(f"{path}.bind", problem)
    if listener.capture_mode == "IPTABLES":
        yield invalid(f"{path}.captureMode", "traffic to a Unix socket cannot be captured: use DEFAULT or NONE")


def _check_hosts(hosts: Sequence[str], path: str, namespace: str) -> Iterator[Fault]:
    if not hosts:
        yield invalid(path, "an egress listener needs at least one host", "use `*/*` for all services")
    seen: dict[str, set[str]] = {}
    for index, entry in enumerate(hosts):
        where = f"{path}[{index}]"
        space, slash, name = entry.partition("/")
        if slash:
            names = seen.setdefault(namespace if space == "." else space, set())
            if (name == "*" and names) or (name != "*" and (name in names or "*" in names)):
                yield warned(where, f"`{entry[:80]}` is covered twice")
            names.add(name)
        yield from check_host_entry(entry, where, gateway=False)
    if "*" in seen.get("*", ()) and len(seen) > 1:
        yield warned(path, "`*/*` already selects every service: the other hosts have no effect")
