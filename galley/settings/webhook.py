"""The validation webhook: its address, what its certificate is called by, how it judges and where it is registered."""

from __future__ import annotations

import re
from typing import Final, Literal

from pydantic import Field, field_validator

from galley.settings.branch import Address, Branch, Several

PROOF_NAMESPACE: Final = "default"
"""Where a cluster is asked, in a dry run, for an object that is refused: only then may it insist on us."""

_SERVICE: Final = re.compile(r"[a-z0-9-]+/[a-z0-9-]+(:[0-9]+)?")
_URL: Final = re.compile(r"https://[^?#\s]+")


class WebhookSettings(Branch):
    """The HTTPS server of `/validate` and `/hooks/git`, and the ValidatingWebhookConfiguration that leads to it.

    `configuration` names that object in the clusters that are followed; empty: it is left alone. With a `service` the
    server's certificate has its DNS names.
    """

    address: Address = "127.0.0.1:15017"
    names: Several[str] = Field(default=(), description="further DNS names or IPs of the server's certificate")
    excluded_namespaces: Several[str] = Field(
        default=("kube-system", "kube-public", "kube-node-lease"),
        description="namespaces whose objects are let through",
    )
    cross_object: Literal["deny", "warn"] = Field(
        default="deny", description="what an error that depends on another object does: refuse, or only warn"
    )
    configuration: str = Field(default="galley-validation", description="the ValidatingWebhookConfiguration to keep")
    service: str = Field(
        default="",
        description="NAMESPACE/NAME[:PORT] of our Service: the object is made with it where it is not there",
    )
    url: str = Field(default="", description="our URL, for an API server that finds no Service")
    most_connections: int = Field(default=256, ge=8, description="connections at most")

    @field_validator("service")
    @classmethod
    def _named(cls, service: str) -> str:
        if service and not _SERVICE.fullmatch(service):
            message = f"{service!r} names no Service: write NAMESPACE/NAME or NAMESPACE/NAME:PORT"
            raise ValueError(message)
        return service

    @field_validator("url")
    @classmethod
    def _secure(cls, url: str) -> str:
        if url and not _URL.fullmatch(url):
            message = f"{url!r} is no URL of ours: write https://HOST[:PORT][/PATH]"
            raise ValueError(message)
        return url

    @field_validator("excluded_namespaces")
    @classmethod
    def _asked_about(cls, excluded: tuple[str, ...]) -> tuple[str, ...]:
        if PROOF_NAMESPACE in excluded:
            message = f"{PROOF_NAMESPACE} may not be excluded: a cluster is asked there whether it asks us"
            raise ValueError(message)
        return excluded

    def certificate_names(self) -> tuple[str, ...]:
        """The names of the server's certificate besides this machine's own."""
        namespace, _, name = self.service.partition(":")[0].partition("/")
        dns = (f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.cluster.local") if name else ()
        return (*dns, *self.names)
