"""The service accounts that workloads of a snapshot run as: what `IssuingPolicy.known` is made of. Pure.

Each object is looked at alone. An account that several objects name is there until the last of them is gone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from pipeline.model.key import Key
from pipeline.model.resource import Resource

DEFAULT = "default"
"""The account of a workload that names none, as in Kubernetes."""


class Account(NamedTuple):
    """A service account of a namespace."""

    namespace: str
    name: str


class Accounts:
    """The accounts of all workloads, kept up to date by what changes."""

    def __init__(self) -> None:
        self._by_object: dict[Key, frozenset[Account]] = {}
        self._count: Counter[Account] = Counter()
        self._known: frozenset[Account] | None = None

    def apply(self, changes: Mapping[Key, Resource | None]) -> None:
        """Takes in what changed: the new object, or None where it is gone."""
        for key, resource in changes.items():
            old = self._by_object.pop(key, frozenset())
            new = accounts_of(resource) if resource is not None else frozenset()
            if new:
                self._by_object[key] = new
            if old != new:
                self._known = None
                self._count.update(new)
                self._count.subtract(old)

    @property
    def known(self) -> frozenset[Account]:
        """Every account that some workload runs as."""
        if self._known is None:
            self._count = +self._count
            self._known = frozenset(self._count)
        return self._known


def accounts_of(resource: Resource) -> frozenset[Account]:
    """The accounts that one object's workloads run as; none for kinds that are no workloads."""
    names = _NAMES.get(resource.key.kind)
    if names is None:
        return frozenset()
    try:
        found = [name or DEFAULT for name in names(orjson.loads(resource.spec))]
    except (TypeError, ValueError, AttributeError):
        return frozenset()  # not of the shape that validation lets through: it vouches for nobody
    return frozenset(Account(resource.key.namespace, name) for name in found if isinstance(name, str))


def _of_entry(spec: Any) -> Iterator[object]:  # noqa: ANN401  JSON
    yield spec.get("serviceAccount", "")


def _of_group(spec: Any) -> Iterator[object]:  # noqa: ANN401  JSON
    yield from _of_entry(spec.get("template") or {})


def _of_service_entry(spec: Any) -> Iterator[object]:  # noqa: ANN401  JSON
    for endpoint in spec.get("endpoints") or ():
        yield from _of_entry(endpoint)


def _of_pod(body: Any) -> Iterator[object]:  # noqa: ANN401  JSON
    yield (body.get("spec") or {}).get("serviceAccountName", "")


_NAMES = {
    "WorkloadEntry": _of_entry,
    "WorkloadGroup": _of_group,
    "ServiceEntry": _of_service_entry,
    "Pod": _of_pod,
}
