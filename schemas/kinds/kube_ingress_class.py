"""Kubernetes IngressClass: which controller Ingresses of a class are for. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-class-v1/
"""

from __future__ import annotations

from typing import Literal

from schemas.types.message import LenientMessage


class IngressClassParametersReference(LenientMessage):
    """An object with further settings of the controller."""

    api_group: str | None = None
    kind: str = ""
    name: str = ""
    namespace: str | None = None
    scope: Literal["Cluster", "Namespace"] | None = None


class IngressClass(LenientMessage):
    """The `spec` of an IngressClass."""

    controller: str = ""
    parameters: IngressClassParametersReference | None = None
