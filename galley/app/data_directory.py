"""The server's state directory: where it is, and the secrets that lie in it (mode 0600)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from citadel import durable_file
from galley.settings.kubernetes import IN_CLUSTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.settings.git import GitRepository
    from galley.settings.kubernetes import ClusterPlace
    from galley.settings.registry_access import RegistryAccess
    from galley.settings.settings import Settings

_TOKEN = "admin.token"  # noqa: S105  a file's name


def data_directory(settings: Settings) -> Path:
    """Return the state directory: the one set, else one of the user's for this set of sources.

    Of a mesh on Kafka each process has its own: by mesh, roles and address, for several may be on one machine.
    """
    if settings.data is not None:
        return settings.data.expanduser().resolve()
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    names = sorted(str(path.expanduser().resolve()) for path in settings.sources.files)
    names += sorted(_place(repository) for repository in settings.git.repositories)
    names += sorted(_cluster(place) for place in settings.kubernetes.places())
    names += sorted(f"{kind}\0{one.address}" for kind, found in _registries(settings).items() for one in found)
    brokers = ",".join(sorted(settings.kafka.bootstrap))
    names += sorted(f"kafka-topic\0{brokers}\0{one.topic}" for one in settings.sources.kafka)
    if settings.engine == "kafka":
        names += [f"kafka\0{settings.kafka.prefix}", *(f"broker\0{one}" for one in sorted(settings.kafka.bootstrap))]
        names += [f"role\0{role}" for role in sorted(settings.roles)]
        names.append(f"admin\0{settings.admin.address}")
    sources = "\n".join(names)
    return Path(home) / "galley" / hashlib.blake2b(sources.encode(), digest_size=6).hexdigest()


def _place(repository: GitRepository) -> str:
    """Return a repository so that the same one is the same from wherever the server is started."""
    local = repository.scheme == "file"
    return "\0".join((str(repository.directory) if local else repository.url, repository.ref, repository.path))


def _cluster(place: ClusterPlace) -> str:
    if place.kubeconfig == IN_CLUSTER:
        return IN_CLUSTER
    return "\0".join((str(Path(place.kubeconfig).expanduser().resolve()), place.context))


def _registries(settings: Settings) -> dict[str, Sequence[RegistryAccess]]:
    sources = settings.sources
    return {"consul": sources.consul, "nomad": sources.nomad, "marathon": sources.marathon}


def prepare(directory: Path) -> None:
    """Make the directory, for its owner alone."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def admin_token(directory: Path) -> str:
    """Return the token that changing requests need, making it where there is none, or an empty one."""
    path = directory / _TOKEN
    with contextlib.suppress(FileNotFoundError):
        if token := path.read_text().strip():
            return token
    token = secrets.token_urlsafe(32)
    durable_file.replace(path, f"{token}\n".encode())
    return token


def read_admin_token(directory: Path) -> str | None:
    """Return the token of a server's directory, or None where it cannot be read."""
    try:
        return (directory / _TOKEN).read_text().strip()
    except OSError:
        return None
