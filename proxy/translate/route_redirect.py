"""Answers that the proxy gives itself: redirects and direct responses. Pure.

Source: istio pilot/pkg/networking/core/route/route.go (ApplyRedirect, ApplyDirectResponse).
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from http import HTTPStatus

from envoy.config.core.v3.base_pb2 import DataSource
from envoy.config.route.v3.route_components_pb2 import DirectResponseAction, RedirectAction

from proxy.registry.route_semantics import Semantics
from proxy.translate.route_regex import substitution
from proxy.translate.route_site import RouteSite
from schemas.types.http_action import HTTPBody, HTTPDirectResponse, HTTPRedirect

LARGEST_BODY = 1024 * 1024
"""The largest body of a direct response, in bytes, that our route configurations allow."""
_CODES = {
    0: RedirectAction.MOVED_PERMANENTLY,
    301: RedirectAction.MOVED_PERMANENTLY,
    302: RedirectAction.FOUND,
    303: RedirectAction.SEE_OTHER,
    307: RedirectAction.TEMPORARY_REDIRECT,
    308: RedirectAction.PERMANENT_REDIRECT,
}
_PREFIX = "%PREFIX()%"
_PORT_OF_SCHEME = {"http": 80, "https": 443}
_MOST_PORT = 65_535
_LAST_CODE = 600


def redirect_action(
    redirect: HTTPRedirect, site: RouteSite, semantics: Semantics, prefix: str = ""
) -> RedirectAction | None:
    """The redirect; None for a status that Envoy does not redirect with. `prefix` is that of the match, in segments."""
    code = _CODES.get(redirect.redirect_code)
    if code is None:
        return None
    out = RedirectAction(
        host_redirect=_plain(redirect.authority), port_redirect=_port(redirect, site), response_code=code
    )
    if semantics is Semantics.GATEWAY and redirect.uri.startswith(_PREFIX):
        _replace_prefix(out, prefix, _plain(redirect.uri[len(_PREFIX) :]))
    else:
        out.path_redirect = _plain(redirect.uri)
    if redirect.scheme:
        out.scheme_redirect = _plain(redirect.scheme)
    return out


def direct_response(response: HTTPDirectResponse) -> DirectResponseAction:
    """The fixed answer; a status that is none is 500, and a body that is too large is left out."""
    status = response.status if HTTPStatus.OK <= response.status < _LAST_CODE else HTTPStatus.INTERNAL_SERVER_ERROR
    out = DirectResponseAction(status=status)
    body = _body(response.body) if response.body is not None else None
    if body is not None:
        out.body.CopyFrom(body)
    return out


def _replace_prefix(out: RedirectAction, prefix: str, replaced: str) -> None:
    """Replace the matched prefix; by nothing, the slash that follows it stays the only one."""
    if replaced.strip("/"):
        out.prefix_rewrite = replaced
    elif prefix:
        rewritten = substitution(f"^{re.escape(prefix)}(/?)(.*)", r"/\2")
        if rewritten is not None:
            out.regex_rewrite.CopyFrom(rewritten)


def _port(redirect: HTTPRedirect, site: RouteSite) -> int:
    """The port to redirect to, 0 where it is the scheme's own. A derived port is that of the listener."""
    port = redirect.port or 0
    if redirect.derive_port == "FROM_REQUEST_PORT":
        port = site.port
    scheme = redirect.scheme or ("https" if site.tls else "http")
    return 0 if port > _MOST_PORT or port == _PORT_OF_SCHEME.get(scheme) else port


def _body(body: HTTPBody) -> DataSource | None:
    if body.string is not None:
        return DataSource(inline_string=body.string) if len(body.string.encode()) <= LARGEST_BODY else None
    if body.bytes is not None:
        try:
            content = b64decode(body.bytes, validate=True)
        except binascii.Error:
            return None
        return DataSource(inline_bytes=content) if len(content) <= LARGEST_BODY else None
    return None


def _plain(text: str) -> str:
    """The text without what would end a header."""
    return text.translate(dict.fromkeys(b"\r\n\0"))
