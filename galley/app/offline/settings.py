"""What commands take besides paths: a mesh configuration, settings, and folders with schemas of one's own kinds."""

from __future__ import annotations

from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from galley.documents.finding import Finding
from galley.documents.mesh_file import mesh_resource
from galley.documents.read import parse
from pipeline.model.change import Faulted, Upserted
from pipeline.stages.inputs import IP_AUTOALLOCATE, TLS_ON_SIDECAR_INGRESS
from schemas.custom import read_custom
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.model.change import Change
    from schemas.registry import Registry

_ENDINGS = (".yaml", ".yml", ".json")
_LARGEST = 1 << 20
_ISTIOS = {
    "PILOT_ENABLE_IP_AUTOALLOCATE": IP_AUTOALLOCATE,
    "ENABLE_TLS_ON_SIDECAR_INGRESS": TLS_ON_SIDECAR_INGRESS,
}
_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})
_LOWER = "GALLEY_VALIDATION__LOWER"


class Unreadable(Exception):
    """A schema folder, or a file of settings, has what cannot be used; the message names it."""


class Given(NamedTuple):
    """What commands obey of the server's settings: the codes whose errors are warnings, and what rules read."""

    lowered: frozenset[str]
    inputs: Mapping[str, object]


def mesh_changes(config: Path | None, networks: Path | None) -> tuple[Change, ...]:
    """Return the mesh's settings as changes; raise `OSError` where a file cannot be read."""
    return tuple(_mesh_changes((("MeshConfig", config), ("MeshNetworks", networks))))


def _mesh_changes(files: Iterable[tuple[str, Path | None]]) -> Iterator[Change]:
    for kind, path in files:
        if path is None:
            continue
        read = mesh_resource(path.read_bytes(), kind, "mesh", str(path))
        if read.resource is not None:
            yield Upserted(resource=read.resource, diagnostics=read.diagnostics)
        else:
            yield Faulted(origin=read.origin, diagnostics=read.diagnostics)


def given_of(file: Path | None, assignments: Sequence[str], environment: Mapping[str, str]) -> Given:
    """Return what is said in a file of the server's settings, by assignments or the environment; raise `Unreadable`."""
    if file is None and not assignments and _LOWER not in environment:
        return Given(frozenset(), _inputs_of(environment))
    from galley.settings.load import BadSettings, load_settings

    try:
        settings = load_settings(file, environment, assignments, {})
    except BadSettings as error:
        raise Unreadable(str(error)) from error
    mesh = settings.mesh
    inputs = {IP_AUTOALLOCATE: mesh.ip_autoallocate, TLS_ON_SIDECAR_INGRESS: mesh.tls_on_sidecar_ingress}
    return Given(frozenset(settings.validation.lower), inputs)


def _inputs_of(environment: Mapping[str, str]) -> dict[str, object]:
    """Return what rules read of the environment: Istio's own variables, as Go reads truth."""
    words = {name: environment.get(variable, "").lower() for variable, name in _ISTIOS.items()}
    return {name: word in _TRUE for name, word in words.items() if word in _TRUE | _FALSE}


def registry_of(folders: Iterable[Path]) -> Registry:
    """Return the registry with the kinds that schema folders define; raise `Unreadable`."""
    registry = DEFAULT_REGISTRY
    for folder in folders:
        if not folder.exists():
            raise Unreadable(f"{folder}: no such file or directory")
        files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS)
        for path in files:
            registry = _with_kinds(registry, path)
    return registry


def _with_kinds(registry: Registry, path: Path) -> Registry:
    for document in parse(_text(path), str(path)):
        if isinstance(document, Finding):
            raise Unreadable(f"{path}:{document.mark.line}: {document.message}")
        content = document.root.value
        if not isinstance(content, dict):
            raise Unreadable(f"{path}: a schema document is a mapping")
        custom = read_custom(content, registry)
        if custom.kind is None:
            fault = custom.faults[0]
            raise Unreadable(f"{path}: {fault.path}: {fault.message}")
        registry = registry.with_custom(custom.kind)
    return registry


def _text(path: Path) -> bytes:
    """Return what is in a file; what is no file (a FIFO would be waited for) or has too much is unreadable."""
    try:
        info = path.stat()
        if not S_ISREG(info.st_mode):
            raise Unreadable(f"{path}: not a file")
        if info.st_size > _LARGEST:
            raise Unreadable(f"{path}: {info.st_size} bytes, {_LARGEST} is the most")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
