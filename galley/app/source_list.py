"""The sources that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.cannot_start import CannotStart
from galley.app.data_directory import data_directory
from galley.app.kafka_sources import kafka_sources
from galley.app.policy import policy_for
from galley.app.registry_sources import registry_sources
from galley.sources.files import FilesSource
from galley.sources.git.source import GitSource
from galley.sources.kubernetes.source import KubernetesSource
from galley.sources.mesh_file import MeshFileSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from schemas.registry import Registry


def make_sources(settings: Settings, registry: Registry) -> list[Source]:
    """Return all sources of the settings, whatever the roles: nothing is opened before a source runs.

    Several directories are `files`, `files-2`, `files-3`, in the order of the settings.
    """
    sources: list[Source] = []
    for number, directory in enumerate(settings.sources.files, 1):
        name = "files" if number == 1 else f"files-{number}"
        sources.append(FilesSource(directory.expanduser().absolute(), name=name, registry=registry))
    sources += git_sources(settings, registry)
    clusters = settings.kubernetes
    sources += [KubernetesSource(place, clusters, registry) for place in clusters.places()]
    sources += registry_sources(settings)
    sources += kafka_sources(settings, registry)
    mesh = settings.mesh
    for kind, name, file in (
        ("MeshConfig", "mesh-config", mesh.config),
        ("MeshNetworks", "mesh-networks", mesh.networks),
    ):
        if file is not None:
            sources.append(MeshFileSource(file.expanduser().absolute(), name=name, kind=kind))
    return sources


def places_of(sources: Iterable[Source]) -> tuple[tuple[str, str], ...]:
    """Return the name and the place of each source: what the stages know a source by, wherever it runs."""
    return tuple((source.name, f"{source.status.kind} {source.status.location}") for source in sources)


def distinct_names(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the sources' names; raise `CannotStart` where two have the same, for what they say is kept by it."""
    places: dict[str, str] = {}
    for source in sources:
        if source.name in places:
            raise CannotStart(
                f"two sources are called {source.name}: {places[source.name]}, and {source.status.location}",
                "give one of them another name in its settings, such as name: SOURCE, or NAME=KUBECONFIG",
            )
        places[source.name] = source.status.location
    return tuple(places)


def git_sources(settings: Settings, registry: Registry) -> list[GitSource]:
    """Return a source for each repository: by its own name, else `git`, `git-2`, `git-3`, in their order."""
    home = data_directory(settings) / "git"
    judge = policy_for(registry, settings).judge
    return [
        GitSource(
            repository,
            home=home,
            settings=settings.git,
            judge=judge,
            name=repository.name or ("git" if number == 1 else f"git-{number}"),
            registry=registry,
        )
        for number, repository in enumerate(settings.git.repositories, 1)
    ]
