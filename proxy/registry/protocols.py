"""What protocol a port speaks, from what its object says. Pure.

Source: istio pkg/config/protocol/instance.go (Parse) and pkg/config/kube/conversion.go (ConvertProtocol).
"""

from __future__ import annotations

from proxy.registry.service import Protocol

_NAMES = {
    "http": Protocol.HTTP,
    "http_proxy": Protocol.HTTP,
    "http2": Protocol.HTTP2,
    "grpc": Protocol.GRPC,
    "grpc-web": Protocol.GRPC_WEB,
    "https": Protocol.HTTPS,
    "tls": Protocol.TLS,
    "tcp": Protocol.TCP,
    "mongo": Protocol.MONGO,
    "redis": Protocol.REDIS,
    "mysql": Protocol.MYSQL,
    "udp": Protocol.UDP,
}
_APP_PROTOCOLS = {
    "kubernetes.io/h2c": Protocol.HTTP2,
    "kubernetes.io/ws": Protocol.HTTP,
    "kubernetes.io/wss": Protocol.HTTPS,
}
_SERVER_SPEAKS_FIRST = frozenset({25, 53, 3306, 27017})


def parse_protocol(name: str) -> Protocol:
    """The protocol of that name in any case; what is not known is found out from the bytes."""
    return _NAMES.get(name.lower(), Protocol.AUTO)


def kubernetes_protocol(port: int, name: str, transport: str, app_protocol: str | None) -> Protocol:
    """The protocol of a Kubernetes Service's port: `appProtocol`, else the beginning of its name, else the number."""
    if transport == "UDP":
        return Protocol.UDP
    if app_protocol is not None:
        found = _APP_PROTOCOLS.get(app_protocol.lower()) or parse_protocol(app_protocol)
        return found if found is not Protocol.AUTO else _guess(port)
    word = name.lower()
    if word == "grpc-web" or word.startswith("grpc-web-"):
        return Protocol.GRPC_WEB
    found = parse_protocol(word.partition("-")[0])
    return found if found is not Protocol.AUTO else _guess(port)


def _guess(port: int) -> Protocol:
    """Nothing is to be found out where the server is the one that speaks first."""
    return Protocol.TCP if port in _SERVER_SPEAKS_FIRST else Protocol.AUTO
