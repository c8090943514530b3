"""`RegistryAccess`: how a registry of services is reached, and where its objects belong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from galley.settings.certificates import Certificates

T = TypeVar("T")

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def _checked_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        # What stands there may be a secret, so the message does not repeat it.
        msg = "a URL must hold no user, password or query: put the token into a file, and name it with `token_file`"
        raise ValueError(msg)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"{text!r} is no URL of a server, such as http://127.0.0.1:8500"
        raise ValueError(msg)
    return text.rstrip("/")


def _checked_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        msg = f"{text!r} must be lower-case letters, digits and -, at most 63"
        raise ValueError(msg)
    return text


def _each(value: object) -> object:
    """Return a list of settings: one alone, and addresses as text with commas between, are good enough."""
    if isinstance(value, str):
        return tuple({"address": part.strip()} for part in value.split(",") if part.strip())
    if isinstance(value, dict):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple({"address": one} if isinstance(one, str) else one for one in value)
    return value


Each = Annotated[tuple[T, ...], BeforeValidator(_each)]
"""Several registries; one alone, and addresses alone, may stand without the list."""

Url = Annotated[str, AfterValidator(_checked_url)]
"""`http://HOST:PORT` or `https://HOST:PORT`, without user and password."""

Name = Annotated[str, AfterValidator(_checked_name)]
"""A part of a domain name."""


class RegistryAccess(Certificates):
    """What every registry has: an address, a token, certificates, and the namespace of what is made of it."""

    name: Name | None = Field(default=None, description="the source's name; by default the kind's, with a number")
    address: Url
    token_file: Path | None = None
    namespace: Name = Field(default="default", description="the namespace of the objects that are made")
    default_port: int = Field(default=80, ge=1, le=65_535, description="the port of a service whose instances differ")
