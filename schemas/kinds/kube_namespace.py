"""Kubernetes Namespace, as far as it is read: its labels are in the metadata. Pure model."""

from __future__ import annotations

from schemas.types.message import LenientMessage


class Namespace(LenientMessage):
    """The `spec` of a Namespace."""

    finalizers: tuple[str, ...] = ()
