"""`Registry`: the kinds that are known, and the answer to a document's `apiVersion` and `kind`. Pure, a value.

Importing this imports no model: a kind's model is loaded at its first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from schemas import fault as codes
from schemas.fault import Fault
from schemas.istio_kinds import ISTIO_KINDS
from schemas.kind import Kind
from schemas.kubernetes_kinds import KUBERNETES_KINDS
from schemas.suggest import closest

OWN_GROUP = "galley.dev"
"""The group of kinds that are Galley's own."""


def is_ours(group: str) -> bool:
    """Whether a kind of this group is for us: an unknown one is an error, not somebody else's."""
    return group in {OWN_GROUP, "istio.io"} or group.endswith((".istio.io", f".{OWN_GROUP}"))


def split_api_version(api_version: str) -> tuple[str, str]:
    """Group and version: `networking.istio.io/v1` and `v1` (the core group, which is empty)."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


@dataclass(frozen=True, slots=True)
class Registry:
    """Kinds by group and name; `with_custom` gives a new registry with more."""

    kinds: Mapping[tuple[str, str], Kind] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, kinds: Iterable[Kind]) -> Registry:
        """The registry of these kinds; a later one replaces an earlier one of the same group and name."""
        return cls(MappingProxyType({(kind.group, kind.name): kind for kind in kinds}))

    def with_custom(self, *kinds: Kind) -> Registry:
        """A registry that knows these kinds too (`schemas.custom.read_custom` makes them of documents)."""
        return Registry.of((*self.kinds.values(), *kinds))

    def __iter__(self) -> Iterator[Kind]:
        """The kinds, in the order of their tables."""
        return iter(self.kinds.values())

    def kind(self, name: str, group: str | None = None) -> Kind | None:
        """The kind of that name; where several groups have one and none is given, Istio's comes first."""
        if group is not None:
            return self.kinds.get((group, name))
        return next((kind for kind in self if kind.name == name), None)

    def word(self, kind: Kind) -> str:
        """What names a kind alone: its name, or `Kind.group` where another kind of that name comes first."""
        return kind.name if self.kind(kind.name) is kind else f"{kind.name}.{kind.group}"

    def lookup(self, api_version: str, name: str) -> Kind | Fault:
        """The kind of a document, or what is wrong with its `apiVersion` and `kind`."""
        group, version = split_api_version(api_version)
        found = self.kinds.get((group, name))
        if found is None:
            return self._former(api_version, name) or self._unknown(api_version, group, name)
        if version not in found.versions:
            return _unknown_version(found, api_version)
        return found

    def _former(self, api_version: str, name: str) -> Kind | None:
        return next((kind for kind in self if kind.name == name and api_version in kind.former), None)

    def _unknown(self, api_version: str, group: str, name: str) -> Fault:
        groups = {kind.group for kind in self if kind.group}
        near_group = "" if not group or group in groups else closest(group, groups)
        hint = self._hint(group, name, near_group)
        if is_ours(group) or group in {kind.group for kind in self if not kind.foreign and kind.group}:
            text = f"kind {name!r} is not known in group {group!r}"
            return Fault(code=codes.UNKNOWN_KIND, severity="error", path="kind", message=text, hint=hint)
        text = f"{api_version} {name} is not a kind that Galley reads; it is left alone"
        return Fault(code=codes.FOREIGN_KIND, severity="info", path="kind", message=text, hint=hint)

    def _hint(self, group: str, name: str, near_group: str) -> str:
        elsewhere = sorted({kind.group for kind in self if kind.name == name and kind.group})
        if elsewhere and (is_ours(group) or near_group):
            version = next(kind.storage_version for kind in self if kind.name == name and kind.group == elsewhere[0])
            return f"did you mean `apiVersion: {elsewhere[0]}/{version}`?"
        if near_group:
            return f"did you mean the group `{near_group}`?"
        near = closest(name, [kind.name for kind in self if kind.group == group])
        if not near and is_ours(group):
            near = closest(name, [kind.name for kind in self if is_ours(kind.group)])
        return f"did you mean `kind: {near}`?" if near else ""


def _unknown_version(kind: Kind, api_version: str) -> Fault:
    served = ", ".join(version for version in kind.api_versions() if version) or "none"
    return Fault(
        code=codes.UNKNOWN_VERSION if not kind.foreign else codes.FOREIGN_KIND,
        severity="error" if not kind.foreign else "info",
        path="apiVersion",
        message=f"{kind.name} has no version {api_version!r}",
        hint=f"known: {served}",
    )


DEFAULT_REGISTRY = Registry.of((*ISTIO_KINDS, *KUBERNETES_KINDS))
"""The kinds of Istio, and those of Kubernetes that we read."""
