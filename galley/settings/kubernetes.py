"""Settings of Kubernetes: which clusters are read, what of them, and what is written back."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

from pydantic import Field, model_validator

from galley.settings.branch import Branch, Several

IN_CLUSTER: Final = "in-cluster"
"""The place of the cluster that the server itself runs in."""

_FIRST: Final = "kubernetes"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")


class ClusterPlace(NamedTuple):
    """A cluster: its name, and a kubeconfig's path (or `in-cluster`) with the context in it, empty for the current."""

    name: str
    kubeconfig: str
    context: str


class SecretsSettings(Branch):
    """Which Secrets are read. Those of Helm, of service accounts and of registries never are."""

    read: bool = True
    types: Several[str] = ("kubernetes.io/tls", "Opaque")
    labels: str = Field(default="", description="a label selector that a Secret must match, such as `use=gateway`")


class StatusSettings(Branch):
    """Whether and how status is written back to the objects of the configuration clusters."""

    write: bool = True
    rate: float = Field(default=20.0, gt=0, le=1_000, description="writes a second, at most")
    lease: str = Field(default="", description="NAMESPACE/NAME of a Lease; with several servers, its holder writes")


class KubernetesSettings(Branch):
    """Clusters are `[NAME=]KUBECONFIG[#CONTEXT]` or `[NAME=]in-cluster`; `config` names those that configure us."""

    clusters: Several[str] = ()
    config: Several[str] = Field(default=(), description="clusters that configuration is read from; else the first")
    networks: dict[str, str] = Field(default_factory=dict, description="the network that a cluster's pods are in")
    namespaces: Several[str] = Field(default=(), description="read only these namespaces; else all")
    revision: str = Field(default="", description="read configuration labelled with another istio.io/rev not at all")
    secrets: SecretsSettings = SecretsSettings()
    status: StatusSettings = StatusSettings()

    def places(self) -> tuple[ClusterPlace, ...]:
        """The clusters, in order; those without a name are `kubernetes`, `kubernetes-2`, `kubernetes-3`."""
        return tuple(_place(number, text) for number, text in enumerate(self.clusters, 1))

    def configures(self, name: str) -> bool:
        """Whether configuration is read from the cluster of this name."""
        return name in self.config if self.config else name == self.places()[0].name

    @model_validator(mode="after")
    def _names_hold(self) -> Self:
        names = [place.name for place in self.places()]
        for name in names:
            if not _NAME.match(name):
                raise ValueError(f"{name!r} is no name of a cluster: lower-case letters, digits and dashes")
            if names.count(name) > 1:
                raise ValueError(f"two clusters are called {name!r}: name them, NAME=KUBECONFIG")
        for name in (*self.config, *self.networks):
            if name not in names:
                raise ValueError(
                    f"config or networks names the cluster {name!r}; there are: {', '.join(names) or 'none'}"
                )
        return self


def _place(number: int, text: str) -> ClusterPlace:
    name, equals, rest = text.partition("=")
    if not equals or "/" in name:
        name, rest = _FIRST if number == 1 else f"{_FIRST}-{number}", text
    kubeconfig, _, context = rest.partition("#")
    return ClusterPlace(name.strip(), kubeconfig.strip(), context.strip())
