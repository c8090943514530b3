"""Kubernetes ServiceAccount, as far as it is read: its name is the identity of pods. Pure model."""

from __future__ import annotations

from schemas.types.message import LenientMessage


class SecretReference(LenientMessage):
    """A Secret of the same namespace."""

    name: str = ""


class ServiceAccount(LenientMessage):
    """What pods run as."""

    secrets: tuple[SecretReference, ...] = ()
    image_pull_secrets: tuple[SecretReference, ...] = ()
    automount_service_account_token: bool | None = None
