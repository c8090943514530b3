"""Kubernetes Services: the names of their ports say what they speak. IST0118, IST0150. Pure.

Source: istio pkg/config/analysis/analyzers/service/portname.go and pkg/config/kube/conversion.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.stages.analyze.problem import Problem
from schemas.rules.ports import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.kube_service import Service, ServicePort

_SYSTEM: Final = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
_SERVER_FIRST: Final = frozenset({25, 53, 3306, 27017})
_APP_PROTOCOLS: Final = frozenset({"kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"})
_REMEDY: Final = "set appProtocol, or name the port PROTOCOL or PROTOCOL-SUFFIX, such as http-web"


def service_problems(view: View, key: Key, spec: Service) -> Iterator[Problem]:
    """Give the ports whose protocol has to be guessed; Istio's own Services and the system's are left alone."""
    resource = view.get(key)
    labels = resource.labels if resource is not None else {}
    if key.namespace in _SYSTEM or "istio" in labels or labels.get("release") == "istio":
        return
    for number, port in enumerate(spec.ports):
        unclear = not _says_protocol(port)
        path = f"spec.ports[{number}]"
        if spec.type == "ExternalName" and (unclear or port.name == "tcp"):
            text = (
                f"Port {port.name or port.port} of an ExternalName Service is taken for TCP: proxies may catch other"
                " traffic to that port"
            )
            yield Problem("IST0150", path, text, _REMEDY)
        elif unclear:
            target = port.port if port.target_port is None else port.target_port
            text = (
                f"Port name {port.name or '(none)'} (port: {port.port}, targetPort: {target}) doesn't follow the naming"
                " convention of Istio: its protocol is detected"
            )
            yield Problem("IST0118", path, text, _REMEDY)


def _says_protocol(port: ServicePort) -> bool:
    if port.protocol == "UDP" or port.port in _SERVER_FIRST:
        return True
    word = port.name if port.app_protocol is None else port.app_protocol
    if word.lower() in _APP_PROTOCOLS:
        return True
    word = word.lower()
    return is_known("grpc-web" if word.startswith("grpc-web") else word.partition("-")[0])
