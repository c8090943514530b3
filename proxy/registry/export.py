"""`exportTo`: the namespaces in which an object counts. Pure.

Source: istio pilot/pkg/model/push_context.go (initServiceRegistry, initDefaultExportMaps) and pkg/config/visibility.
"""

from __future__ import annotations

from pipeline.derive import View
from proxy.mesh import mesh

PUBLIC = frozenset({"*"})
HIDDEN = "~"


def exported(export_to: tuple[str, ...], namespace: str, default: tuple[str, ...]) -> frozenset[str]:
    """What `exportTo` of an object of that namespace means: `*` alone, `~` alone, or names of namespaces."""
    words = export_to or default
    if "*" in words:
        return PUBLIC
    if HIDDEN in words:
        return frozenset({HIDDEN})
    return frozenset(namespace if word == "." else word for word in words)


def is_visible(export_to: frozenset[str], namespace: str) -> bool:
    """Whether an object with that `exported` set counts in the namespace."""
    return "*" in export_to or namespace in export_to


def service_export_default(view: View, _: None) -> tuple[str, ...]:
    """The mesh's `defaultServiceExportTo` (a rule of its own, so that other settings touch no service)."""
    return view.derive(mesh, None).service_export_to


def rule_export_default(view: View, _: None) -> tuple[str, ...]:
    """The mesh's `defaultDestinationRuleExportTo`."""
    return view.derive(mesh, None).destination_rule_export_to


def virtual_service_export_default(view: View, _: None) -> tuple[str, ...]:
    """The mesh's `defaultVirtualServiceExportTo`."""
    return view.derive(mesh, None).virtual_service_export_to
