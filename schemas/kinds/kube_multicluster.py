"""ServiceExport and ServiceImport of the multi-cluster Services API. Pure models.

Source: https://multicluster.sigs.k8s.io/concepts/multicluster-services-api/ (`v1alpha1`, `v1beta1`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage


class ServiceExport(LenientMessage):
    """The `spec` of a ServiceExport, which most often has none: the Service of the same name is meant."""

    exported_labels: dict[str, str] = Field(default_factory=dict)
    exported_annotations: dict[str, str] = Field(default_factory=dict)


class ImportedPort(LenientMessage):
    """A port of the service."""

    port: PortNumber
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str | None = None


class ServiceImport(LenientMessage):
    """The `spec` of a ServiceImport: a service of all clusters of a set."""

    type: Literal["ClusterSetIP", "Headless"]
    ports: tuple[ImportedPort, ...] = ()
    ips: tuple[str, ...] = ()
    ip_families: tuple[str, ...] = ()
    session_affinity: str = ""
