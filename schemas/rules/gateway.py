"""Rules of Gateway. Pure. Source: Istio's `ValidateGateway`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.kinds.gateway import Gateway, Server
from schemas.rules.addresses import UNIX, ip_problem, unix_problem
from schemas.rules.host_entry import check_host_entry
from schemas.rules.ports import KNOWN_PROTOCOLS, is_http, is_known, is_tls, port_problem
from schemas.rules.server_tls import check_server_tls
from schemas.suggest import did_you_mean


def check_gateway(gateway: Gateway, path: str, namespace: str) -> Iterator[Fault]:
    """At least one server; the names of ports are unique; TLS where, and only where, the protocol is TLS."""
    del namespace
    if not gateway.servers:
        yield invalid(f"{path}.servers", "a gateway needs at least one server")
    names: set[str] = set()
    for index, server in enumerate(gateway.servers):
        where = f"{path}.servers[{index}]"
        yield from _check_server(server, where)
        if server.port.name in names:
            yield invalid(f"{where}.port.name", f"the port name `{server.port.name[:80]}` is there twice")
        names.add(server.port.name)


def _check_server(server: Server, path: str) -> Iterator[Fault]:
    if not server.hosts:
        yield invalid(f"{path}.hosts", "a server needs at least one host", "use `*` for all hosts")
    for index, host in enumerate(server.hosts):
        yield from check_host_entry(host, f"{path}.hosts[{index}]", gateway=True)
    problems = tuple(_check_port(server, f"{path}.port"))
    yield from problems
    yield from _check_bind(server, path)
    yield from check_server_tls(server.tls, f"{path}.tls")
    if not problems:
        yield from _check_protocol(server, path)


def _check_port(server: Server, path: str) -> Iterator[Fault]:
    port = server.port
    if not is_known(port.protocol):
        allowed = ", ".join(KNOWN_PROTOCOLS)
        hint = did_you_mean(port.protocol, KNOWN_PROTOCOLS)
        yield invalid(f"{path}.protocol", f"`{port.protocol[:40]}` is not one of {allowed}", hint)
    if (port.number or not server.bind.startswith(UNIX)) and (problem := port_problem(port.number)):
        yield invalid(f"{path}.number", problem)
    if port.target_port:
        yield invalid(f"{path}.targetPort", "targetPort has no effect on gateways: remove it")
    if not port.name:
        yield invalid(f"{path}.name", "the port needs a name")


def _check_bind(server: Server, path: str) -> Iterator[Fault]:
    if server.bind.startswith(UNIX):
        if problem := unix_problem(server.bind.removeprefix(UNIX)):
            yield invalid(f"{path}.bind", problem)
        if server.port.number:
            yield invalid(
                f"{path}.port.number", f"a Unix socket has no port: the number must be 0, got {server.port.number}"
            )
    elif server.bind and (problem := ip_problem(server.bind)):
        yield invalid(f"{path}.bind", problem)


def _check_protocol(server: Server, path: str) -> Iterator[Fault]:
    protocol, tls = server.port.protocol, server.tls
    if is_tls(protocol):
        if tls is None:
            yield invalid(f"{path}.tls", f"a server with protocol {protocol} needs `tls`")
    elif tls is not None and not is_http(protocol):
        yield invalid(f"{path}.tls", f"a server with protocol {protocol} cannot have `tls`: use HTTPS or TLS")
    elif tls is not None:
        terminates = tls.mode not in {"PASSTHROUGH", "AUTO_PASSTHROUGH"}
        if terminates or tls.ca_certificates or tls.private_key or tls.server_certificate:
            yield invalid(
                f"{path}.tls",
                f"a server with the plain protocol {protocol} cannot have certificates, only `httpsRedirect`",
                "use protocol HTTPS",
            )
    if tls is not None and tls.https_redirect and not is_http(protocol):
        yield warned(f"{path}.tls.httpsRedirect", f"only HTTP can be redirected, the protocol is {protocol}")
