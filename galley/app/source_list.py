"""The sources that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.files import FilesSource
from galley.sources.kubernetes.source import KubernetesSource
from galley.sources.mesh_file import MeshFileSource

if TYPE_CHECKING:
    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from schemas.registry import Registry


def make_sources(settings: Settings, registry: Registry) -> list[Source]:
    """Return the sources; several directories are `files`, `files-2`, `files-3`, in the order of the settings."""
    if "ingest" not in settings.roles:
        return []
    sources: list[Source] = []
    for number, directory in enumerate(settings.sources.files, 1):
        name = "files" if number == 1 else f"files-{number}"
        sources.append(FilesSource(directory.expanduser().absolute(), name=name, registry=registry))
    clusters = settings.kubernetes
    sources += [KubernetesSource(place, clusters, registry) for place in clusters.places()]
    mesh = settings.mesh
    for kind, name, file in (
        ("MeshConfig", "mesh-config", mesh.config),
        ("MeshNetworks", "mesh-networks", mesh.networks),
    ):
        if file is not None:
            sources.append(MeshFileSource(file.expanduser().absolute(), name=name, kind=kind))
    return sources
