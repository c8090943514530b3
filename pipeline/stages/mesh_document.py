"""`mesh_document`: a document about the mesh as a whole, MeshConfig or MeshNetworks, typed. Pure.

One document of a kind counts, as a whole; documents are not merged. It is the object of that kind (what a flag such as
`--mesh-config` names), else its key of the ConfigMap `istio`: that of Istio's root namespace, `istio-system`, else that
of `default`, which is where a document without a namespace is. An application's ConfigMap of that name, elsewhere, is
not the mesh's affair.
Source: istio pilot/pkg/bootstrap/mesh.go (a file comes before the ConfigMap).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel

from galley.documents.mesh_file import mesh_resource
from pipeline.model.key import Key
from pipeline.stages.mesh_text import CONFIG_MAP, KEYS
from pipeline.stages.typed import typed_as
from schemas.check import parse
from schemas.kinds.kube_config_map import ConfigMap
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from pipeline.derive import View

M = TypeVar("M", bound=BaseModel)

ROOT_NAMESPACE: Final = "istio-system"
"""Where Istio's own configuration is, unless the mesh's settings say otherwise."""

_PLACES: Final = tuple(Key("ConfigMap", namespace, CONFIG_MAP) for namespace in (ROOT_NAMESPACE, "default"))


def mesh_document(view: View, model: type[M]) -> M:
    """The document as it was written, without defaults; empty where there is none, or none that can be read."""
    kind = model.__name__
    for key in view.keys(kind):
        return typed_as(view, key, model) or model()
    name = next(name for name, held in KEYS.items() if held == kind)
    for key in _PLACES:
        found = typed_as(view, key, ConfigMap)
        if found is not None and name in found.data:
            return _parsed(found.data[name], model)
    return model()


def _parsed(text: str, model: type[M]) -> M:
    kind = DEFAULT_REGISTRY.kind(model.__name__)
    read = mesh_resource(text.encode(), model.__name__, "", "")
    if kind is None or read.resource is None:
        return model()
    try:
        found = parse(kind, read.resource.spec)
    except ValueError:
        return model()
    return found if isinstance(found, model) else model()
