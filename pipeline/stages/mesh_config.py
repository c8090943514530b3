"""`mesh_config`: the settings of the mesh as a whole, typed. Pure.

One document counts, as a whole; documents are not merged. It is the object of kind MeshConfig (what `--mesh-config`
names), else the key `mesh` of the ConfigMap `istio`: that of Istio's root namespace, `istio-system`, else that of
`default`, which is where a document without a namespace is. An application's ConfigMap of that name, elsewhere, is not
the mesh's affair.
Source: istio pilot/pkg/bootstrap/mesh.go (a file comes before the ConfigMap).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from galley.documents.mesh_file import mesh_resource
from pipeline.model.key import Key
from pipeline.stages.mesh_text import CONFIG_MAP
from pipeline.stages.typed import typed_as
from schemas.check import parse
from schemas.kinds.kube_config_map import ConfigMap
from schemas.kinds.mesh_config import MeshConfig
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from pipeline.derive import View

ROOT_NAMESPACE: Final = "istio-system"
"""Where Istio's own configuration is, unless the mesh's settings say otherwise."""

_KIND: Final = "MeshConfig"
_DATA: Final = "mesh"
_PLACES: Final = tuple(Key("ConfigMap", namespace, CONFIG_MAP) for namespace in (ROOT_NAMESPACE, "default"))


def mesh_config(view: View, _: None) -> MeshConfig:
    """The settings as they were written, without defaults; empty where there are none, or none that can be read."""
    for key in view.keys(_KIND):
        return typed_as(view, key, MeshConfig) or MeshConfig()
    for key in _PLACES:
        found = typed_as(view, key, ConfigMap)
        if found is not None and _DATA in found.data:
            return _parsed(found.data[_DATA])
    return MeshConfig()


def _parsed(text: str) -> MeshConfig:
    kind = DEFAULT_REGISTRY.kind(_KIND)
    read = mesh_resource(text.encode(), _KIND, "", "")
    if kind is None or read.resource is None:
        return MeshConfig()
    try:
        found = parse(kind, read.resource.spec)
    except ValueError:
        return MeshConfig()
    return found if isinstance(found, MeshConfig) else MeshConfig()
