"""Kubernetes Ingress, in today's form and in that of `v1beta1`. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/; for the older form
https://v1-18.docs.kubernetes.io/docs/reference/generated/kubernetes-api/v1.18/#ingress-v1beta1-networking-k8s-io.
"""

from __future__ import annotations

from typing import Literal

from schemas.types.integers import Int32
from schemas.types.message import LenientMessage

PathType = Literal["Exact", "Prefix", "ImplementationSpecific"]


class ServiceBackendPort(LenientMessage):
    """A port of a Service: its name, or its number."""

    name: str = ""
    number: Int32 = 0


class IngressServiceBackend(LenientMessage):
    """A Service of the Ingress' own namespace."""

    name: str = ""
    port: ServiceBackendPort | None = None


class TypedLocalObjectReference(LenientMessage):
    """An object of the Ingress' own namespace."""

    api_group: str | None = None
    kind: str = ""
    name: str = ""


class IngressBackend(LenientMessage):
    """Where requests go: a Service, or another object. `service_name` and `service_port` are the form of `v1beta1`."""

    service: IngressServiceBackend | None = None
    resource: TypedLocalObjectReference | None = None
    service_name: str = ""
    service_port: int | str | None = None

    @property
    def target(self) -> tuple[str, int | str]:
        """The Service and its port, by number or by name, in whichever form; empty and 0 where there is none."""
        if self.service is None:
            return self.service_name, self.service_port or 0
        port = self.service.port
        return self.service.name, (port.number or port.name) if port is not None else 0


class HTTPIngressPath(LenientMessage):
    """A path and its backend; `v1beta1` may leave the type out."""

    path: str = ""
    path_type: PathType | None = None
    backend: IngressBackend


class HTTPIngressRuleValue(LenientMessage):
    """The paths of a host."""

    paths: tuple[HTTPIngressPath, ...]


class IngressRule(LenientMessage):
    """The paths of a host; without a host, of every host; without paths, everything goes to the default backend."""

    host: str = ""
    http: HTTPIngressRuleValue | None = None


class IngressTLS(LenientMessage):
    """The Secret with the certificate of some hosts; without hosts, of every host."""

    hosts: tuple[str, ...] = ()
    secret_name: str = ""


class Ingress(LenientMessage):
    """The `spec` of an Ingress; `backend` is what `v1beta1` calls the default backend."""

    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None
    tls: tuple[IngressTLS, ...] = ()
    rules: tuple[IngressRule, ...] = ()
