"""The attributes that conditions of an AuthorizationPolicy compare. Pure. Source: pkg/config/security/security.go."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from schemas.suggest import did_you_mean

_PLAIN: Final = frozenset(
    {
        "source.namespace",
        "source.principal",
        "source.serviceAccount",
        "request.auth.principal",
        "request.auth.audiences",
        "request.auth.presenter",
        "connection.sni",
    }
)
_IPS: Final = frozenset({"source.ip", "remote.ip", "destination.ip"})
_PORTS: Final = frozenset({"destination.port"})
_WITH_KEY: Final = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
_OLD: Final = {
    "destination.namespace": "the policy's own namespace says it",
    "destination.name": "use the policy's selector",
    "destination.user": "use the policy's selector",
}


class Attribute(NamedTuple):
    """What is wrong with an attribute's name, how to mend it, and what its values are compared as."""

    problem: str
    hint: str = ""
    compared: Literal["text", "ip", "port"] = "text"


def attribute_problem(key: str) -> Attribute:
    """What keeps the text from being an attribute; headers and claims stand with their name in brackets."""
    if key.startswith(_WITH_KEY):
        start = key.find("[")
        if key.endswith("]") and 0 < start < len(key) - 2:
            return Attribute("")
        return Attribute(f"`{key[:80]}` needs a name in brackets", "such as request.headers[x-user]")
    if key in _PLAIN:
        return Attribute("")
    if key in _IPS:
        return Attribute("", compared="ip")
    if key in _PORTS:
        return Attribute("", compared="port")
    if key in _OLD:
        return Attribute(f"the attribute `{key}` does not exist any more", _OLD[key])
    if key.startswith("destination.labels"):
        return Attribute(f"the attribute `{key[:80]}` does not exist any more", "use the policy's selector")
    return Attribute(f"`{key[:80]}` is no attribute", did_you_mean(key, [*_PLAIN, *_IPS, *_PORTS, *_WITH_KEY[:2]]))
