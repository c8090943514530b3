"""Changes to headers: Headers to Envoy's header options, and the authority that hides among them. Pure.

`host` and `:authority` among the request's headers set the authority; no other header that begins with a colon can be
changed. Source: istio pilot/pkg/networking/core/route/route.go (TranslateHeadersOperations).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from envoy.config.core.v3.base_pb2 import HeaderValue, HeaderValueOption

from proxy.translate.route_header_text import header_value, is_header_name
from schemas.types.headers import HeaderOperations, Headers

_APPEND = HeaderValueOption.APPEND_IF_EXISTS_OR_ADD
_OVERWRITE = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_AUTHORITY = (":authority", "host")


class HeaderChanges(NamedTuple):
    """What to add and to remove, in Envoy's terms, each sorted by name; the authority, or the empty string."""

    request_add: list[HeaderValueOption]
    request_remove: list[str]
    response_add: list[HeaderValueOption]
    response_remove: list[str]
    authority: str

    def put_on(self, message: Any) -> None:  # noqa: ANN401  a Route or a ClusterWeight: they name these fields alike
        """Append the changes to those of a Route or a weighted cluster."""
        message.request_headers_to_add.extend(self.request_add)
        message.request_headers_to_remove.extend(self.request_remove)
        message.response_headers_to_add.extend(self.response_add)
        message.response_headers_to_remove.extend(self.response_remove)


def header_changes(headers: Headers | None) -> HeaderChanges:
    """The changes that a route or a destination asks for."""
    request = headers.request if headers is not None and headers.request is not None else HeaderOperations()
    response = headers.response if headers is not None and headers.response is not None else HeaderOperations()
    return HeaderChanges(
        request_add=_options(request.set, _OVERWRITE) + _options(request.add, _APPEND),
        request_remove=_removable(request.remove),
        response_add=_options(response.set, _OVERWRITE) + _options(response.add, _APPEND),
        response_remove=_removable(response.remove),
        authority=_authority(request.set) or _authority(request.add),
    )


def _options(values: Mapping[str, str], action: int) -> list[HeaderValueOption]:
    out = []
    for name, text in sorted(values.items()):
        value = header_value(text)
        if value is not None and is_header_name(name) and not _is_internal(name):
            header = HeaderValue(key=name, value=value)
            out.append(HeaderValueOption(header=header, append_action=action, keep_empty_value=not value))
    return out


def _removable(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if is_header_name(name) and not _is_internal(name)]


def _is_internal(name: str) -> bool:
    return name.startswith(":") or name.lower() == "host"


def _authority(values: Mapping[str, str]) -> str:
    found = [value for name, value in sorted(values.items()) if name.lower() in _AUTHORITY]
    return found[-1] if found and is_header_name(found[-1]) else ""
