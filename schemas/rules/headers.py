"""Names and values of HTTP headers. Pure.

Source: Istio's pkg/config/validation (validation.go, header_value_validator.go); the grammar of `%...%` is Envoy's,
https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid
from schemas.path import join
from schemas.types.headers import HeaderOperations, Headers

_NAME = re.compile(r"[-_A-Za-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CLAIM = "@request.auth.claims"
_COMMAND = re.compile(
    r"""%%                                             # an escaped percent sign
    | %[^%(]*%                                         # %NAME%
    | %[^%(]*\(\ *\[\ *"(?:\\.|[^"\\)])*"(?:\ *,\ *"(?:\\.|[^"\\)])*")*\ *\]\ *\)\ *%   # %NAME(["a", "b"])%
    | %[^%(]*\((?:\\.|[^)\\])*\)\ *%                   # %NAME(argument)%
    | [^%]""",
    re.VERBOSE | re.DOTALL,
)


def header_name_problem(name: str) -> str:
    """What keeps the text from being the name of a header that is matched."""
    if not name:
        return "the name of a header must not be empty"
    return "" if _NAME.fullmatch(name) else f"`{name[:80]}` is not a valid header name: letters, digits, `-` and `_`"


def is_claim(name: str) -> bool:
    """Whether a header match reads a claim of a token instead: `@request.auth.claims.sub`, `...claims[sub]`."""
    if name[: len(_CLAIM)].lower() != _CLAIM:
        return False
    rest = name[len(_CLAIM) :]
    return (rest.startswith(".") and len(rest) > 1) or (rest.startswith("[") and rest.endswith("]") and rest != "[]")


def is_authority(name: str) -> bool:
    """Whether the header is the authority, in the words of HTTP/1.1 or HTTP/2."""
    return name.lower() in {":authority", "host"}


def header_value_problem(value: str) -> str:
    """What keeps the text from being a value that Envoy takes: no control characters, `%` only in commands and `%%`."""
    if _CONTROL.search(value):
        return "the value of a header must not have control characters"
    position = value.find("%") if "%" in value else len(value)
    while position < len(value):
        found = _COMMAND.match(value, position)
        if found is None:
            return f"`{value[:80]}` has a `%` that neither begins nor ends a command such as %START_TIME%"
        position = found.end()
    return ""


def check_headers(headers: Headers | None, path: str) -> Iterator[Fault]:
    """Requests may set the authority, nothing may touch other pseudo-headers."""
    if headers is None:
        return
    if headers.request is not None:
        yield from _check_operations(headers.request, f"{path}.request", authority=True)
    if headers.response is not None:
        yield from _check_operations(headers.response, f"{path}.response", authority=False)


def _check_operations(operations: HeaderOperations, path: str, *, authority: bool) -> Iterator[Fault]:
    yield from _check_values(operations.set, f"{path}.set", authority=authority)
    yield from _check_values(operations.add, f"{path}.add", authority=authority)
    for index, name in enumerate(operations.remove):
        if problem := _changed_name_problem(name, authority=False):
            yield invalid(f"{path}.remove[{index}]", problem)


def _check_values(values: Mapping[str, str], path: str, *, authority: bool) -> Iterator[Fault]:
    for name, value in values.items():
        if problem := _changed_name_problem(name, authority=authority):
            yield invalid(join(path, name), problem)
        if problem := header_value_problem(value):
            yield invalid(join(path, name), problem, "write a literal percent sign as %%")


def _changed_name_problem(name: str, *, authority: bool) -> str:
    if not name:
        return "the name of a header must not be empty"
    if authority and is_authority(name):
        return ""
    if name.lower() == "host":
        return "the Host header cannot be changed here"
    return f"`{name[:80]}` is a pseudo-header, which cannot be changed" if name.startswith(":") else ""
