"""The setting `sources.precedence`: names of sources, the strongest first, and rules for some objects before them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from galley.settings.branch import Branch, Several

_KIND = re.compile(r"[A-Z][A-Za-z0-9]*")
_NAMESPACE = re.compile(r"[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?")
_HOST = re.compile(r"\*|(\*|\*?[a-z0-9_-]+)(\.[a-z0-9_-]+)+")


def _kind(text: str) -> str:
    if not _KIND.fullmatch(text):
        msg = f"{text!r} is no kind: write it as documents do, such as ServiceEntry"
        raise ValueError(msg)
    return text


def _namespace(text: str) -> str:
    if not _NAMESPACE.fullmatch(text):
        msg = f"{text!r} is no namespace: lower-case letters, digits and -, with * for any characters, such as team-*"
        raise ValueError(msg)
    return text


def _host(text: str) -> str:
    host = text.lower()
    if not _HOST.fullmatch(host):
        msg = f"{text!r} is no host: write it in full, such as reviews.default.svc.cluster.local, or *.example.com"
        raise ValueError(msg)
    return host


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        msg = f"{twice} stands there twice"
        raise ValueError(msg)
    return names


def _source(text: str) -> str:
    if not text.strip():
        msg = "an empty text is no source's name; `galley sources` lists the names"
        raise ValueError(msg)
    return text


Name = Annotated[str, AfterValidator(_source)]


class PrecedenceRuleSettings(Branch):
    """An order of sources for the objects of these kinds, namespaces and hosts; what is left out asks nothing."""

    order: Annotated[Several[Name], AfterValidator(_distinct)] = Field(min_length=1)
    kinds: Several[Annotated[str, AfterValidator(_kind)]] = ()
    namespaces: Several[Annotated[str, AfterValidator(_namespace)]] = ()
    hosts: Several[Annotated[str, AfterValidator(_host)]] = ()


def _shape(value: object) -> object:
    if not isinstance(value, (str, Mapping, PrecedenceRuleSettings)):
        msg = "write a source's name, or a rule: {kinds: [...], namespaces: [...], hosts: [...], order: [SOURCE, ...]}"
        raise ValueError(msg)  # noqa: TRY004  pydantic takes a ValueError only
    return value


def _tag(value: Any) -> str:  # noqa: ANN401  what pydantic hands over is anything
    return "name" if isinstance(value, str) else "rule"


PrecedenceItem: TypeAlias = Annotated[
    Annotated[Name, Tag("name")] | Annotated[PrecedenceRuleSettings, Tag("rule")], Discriminator(_tag)
]
Precedences = Several[Annotated[PrecedenceItem, BeforeValidator(_shape)]]
"""Names and rules, in the order of the settings."""
