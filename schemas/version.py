"""What is said of an object's apiVersion, where the kind is known under it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import DEPRECATED, Fault
from schemas.kind import Kind


def check_version(kind: Kind, api_version: str) -> Iterator[Fault]:
    """A warning for a version that its owner has given up: it is read all the same."""
    if api_version in kind.deprecated:
        current = f"{kind.group}/{kind.storage_version}"
        yield Fault(
            code=DEPRECATED,
            severity="warning",
            path="apiVersion",
            message=f"{api_version} {kind.name} is deprecated, and newer API servers do not serve it",
            hint=f"write it as `apiVersion: {current}`",
        )
