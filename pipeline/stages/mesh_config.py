"""`mesh_config`: the settings of the mesh as a whole, typed. Pure. Which document counts: see `mesh_document`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.mesh_document import ROOT_NAMESPACE, mesh_document
from schemas.kinds.mesh_config import MeshConfig

if TYPE_CHECKING:
    from pipeline.derive import View

__all__ = ["ROOT_NAMESPACE", "mesh_config"]


def mesh_config(view: View, _: None) -> MeshConfig:
    """The settings as they were written, without defaults; empty where there are none, or none that can be read."""
    return mesh_document(view, MeshConfig)
