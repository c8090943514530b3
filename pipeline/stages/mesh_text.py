"""The mesh configuration inside the ConfigMap `istio`: text that is judged like the document that it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.documents.mesh_file import mesh_resource
from pipeline.model.diagnostic import Severity
from schemas.check import check
from schemas.fault import Fault
from schemas.fault import Severity as FaultSeverity
from schemas.kinds.kube_config_map import ConfigMap
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from pipeline.model.resource import Resource

_SEVERITIES: Mapping[Severity, FaultSeverity] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}

CONFIG_MAP = "istio"
"""The name of the ConfigMap that holds the mesh configuration."""

KEYS = {"mesh": "MeshConfig", "meshNetworks": "MeshNetworks"}
"""The keys of the ConfigMap, and the kind of document that each holds."""


def mesh_faults(resource: Resource, content: BaseModel, lowered: frozenset[str]) -> Iterator[Fault]:
    """Give what is wrong with the documents inside; a fault's path begins with `data` and the document's key.

    `lowered` are codes of `schemas.check.check` whose errors keep nothing back.
    """
    if resource.key.name != CONFIG_MAP or not isinstance(content, ConfigMap):
        return
    for name, kind_name in KEYS.items():
        text = content.data.get(name)
        kind = DEFAULT_REGISTRY.kind(kind_name)
        if not text or kind is None:
            continue
        read = mesh_resource(text.encode(), kind_name, resource.origin.source, resource.origin.file)
        for found in read.diagnostics:
            yield Fault(
                code=found.code, severity=_SEVERITIES[found.severity], path=f"data.{name}", message=found.message
            )
        if read.resource is None:
            continue
        for fault in check(kind, read.resource.spec, lowered=lowered)[1]:
            yield Fault(
                code=fault.code,
                severity=fault.severity,
                path=f"data.{name}.{fault.path}" if fault.path else f"data.{name}",
                message=fault.message,
                hint=fault.hint,
            )
