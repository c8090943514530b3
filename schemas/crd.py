"""CustomResourceDefinitions of the kinds, for an API server: structural, every version served, with status. Pure.

Source of the rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
(structural schemas: no references, no `additionalProperties` beside `properties`).
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic.json_schema import JsonSchemaValue

from schemas.json_schema import content_schema
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY, is_ours

_OPEN: JsonSchemaValue = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_COLUMNS = {
    "VirtualService": (("Gateways", ".spec.gateways"), ("Hosts", ".spec.hosts")),
    "DestinationRule": (("Host", ".spec.host"),),
    "ServiceEntry": (("Hosts", ".spec.hosts"), ("Location", ".spec.location"), ("Resolution", ".spec.resolution")),
    "WorkloadEntry": (("Address", ".spec.address"),),
}


def crds(kinds: Iterable[Kind] = DEFAULT_REGISTRY) -> tuple[JsonSchemaValue, ...]:
    """The definitions of Istio's kinds and of our own, in the order of the registry."""
    return tuple(crd_of(kind) for kind in kinds if has_crd(kind))


def has_crd(kind: Kind) -> bool:
    """Whether the kind needs a definition of ours: not a built-in, not Gateway API, not a user's own."""
    return not kind.foreign and is_ours(kind.group) and not kind.schema


def crd_of(kind: Kind) -> JsonSchemaValue:
    """The definition of one kind."""
    group = kind.group
    names: JsonSchemaValue = {
        "kind": kind.name,
        "listKind": f"{kind.name}List",
        "plural": kind.plural,
        "singular": kind.name.lower(),
        "categories": ["istio-io", group.replace(".", "-")] if group.endswith("istio.io") else ["galley"],
    }
    if kind.short_names:
        names["shortNames"] = list(kind.short_names)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{group}"},
        "spec": {
            "group": group,
            "names": names,
            "scope": kind.scope,
            "versions": [_version(kind, version) for version in kind.versions],
        },
    }


def _version(kind: Kind, version: str) -> JsonSchemaValue:
    columns = [{"name": name, "type": "string", "jsonPath": path} for name, path in _COLUMNS.get(kind.name, ())]
    columns.append({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"})
    spec = _structural(content_schema(kind)) if kind.model else _OPEN
    if kind.protojson:
        spec = _unpruned(spec)
    schema: JsonSchemaValue = {"type": "object", "properties": {"spec": spec, "status": _OPEN}}
    if spec.get("required"):
        schema["required"] = ["spec"]
    return {
        "name": version,
        "served": True,
        "storage": version == kind.storage_version,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": columns,
    }


def _unpruned(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a kind whose fields may have the names of the protos too: an API server must not drop these."""
    found = dict(schema)
    if "properties" in schema:
        found["x-kubernetes-preserve-unknown-fields"] = True
        found["properties"] = {name: _unpruned(inner) for name, inner in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found[key] = _unpruned(schema[key])
    return found


def _structural(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema in its structural form: closed objects are closed by pruning, not by `additionalProperties: false`."""
    found: JsonSchemaValue = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: _structural(inner) for name, inner in value.items()}
        elif key == "additionalProperties" and (isinstance(value, bool) or "properties" in schema):
            continue
        elif key in {"items", "additionalProperties"}:
            found[key] = _structural(value)
        else:
            found[key] = value
    if not {"type", "x-kubernetes-int-or-string"} & found.keys():
        found["x-kubernetes-preserve-unknown-fields"] = True
    return found
