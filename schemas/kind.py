"""`Kind`: what is known of one kind of configuration. Pure; the kind's model is imported at its first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

    from schemas.fault import Fault

    Rules = Callable[[BaseModel, str, str], Iterable[Fault]]

Body = Literal["spec", "fields"]
"""Where the content is: below `spec`, or beside `kind` and `metadata` (ConfigMap, EndpointSlice, MeshConfig)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: how it is called, where it is served, and what its content must look like.

    `model` and `rules` are `module:attribute`, empty where the kind has none; `schema` is the JSON text of the JSON
    Schema of a user's own kind. A kind with neither is carried: known by name, its content is not looked into.
    `foreign` kinds belong to Kubernetes: a version we do not know is not an error. `protojson` kinds are read by Istio
    from text, not from an API server: proto names (snake_case) are taken as well as camelCase ones. A kind that is not
    `translated` is checked and carried, and has no effect yet. `open` kinds are somebody else's and grow: a field that
    is not known is a warning. `former` are apiVersions of other groups under which the same objects came once;
    `deprecated` are apiVersions that were given up.
    """

    name: str
    group: str
    plural: str
    versions: tuple[str, ...]
    namespaced: bool = True
    body: Body = "spec"
    short_names: tuple[str, ...] = ()
    model: str = ""
    rules: str = ""
    schema: str = ""
    foreign: bool = False
    protojson: bool = False
    translated: bool = True
    open: bool = False
    former: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()

    @property
    def carried(self) -> bool:
        """Whether the kind is known by name only."""
        return not self.model and not self.schema

    @property
    def storage_version(self) -> str:
        """The version that a Kubernetes API server stores: `v1` where there is one, else the newest."""
        return "v1" if "v1" in self.versions else self.versions[-1]

    @property
    def scope(self) -> Literal["Namespaced", "Cluster"]:
        """The scope in the words of a CRD."""
        return "Namespaced" if self.namespaced else "Cluster"

    @property
    def prefix(self) -> str:
        """How the path of a fault in this kind's content begins."""
        return "spec" if self.body == "spec" else ""

    def api_versions(self) -> tuple[str, ...]:
        """Every `apiVersion` under which a document of this kind may come."""
        own = tuple(f"{self.group}/{version}" if self.group else version for version in self.versions)
        return (*self.former, *own)

    def load_model(self) -> type[BaseModel] | None:
        """The model of the kind's content; imports it at the first call."""
        return cast("type[BaseModel]", _load(self.model)) if self.model else None

    def load_rules(self) -> Rules | None:
        """The rules between the fields of the kind's content; imports them at the first call."""
        return cast("Rules", _load(self.rules)) if self.rules else None


@cache
def _load(reference: str) -> object:
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)
