"""Rules of redirects, direct responses and rewrites. Pure. Source: Istio's validation of them."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.rules.ports import port_problem
from schemas.rules.regex import check_expression
from schemas.types.http_action import HTTPDirectResponse, HTTPRedirect, HTTPRewrite

_LARGE = 100 * 1024
_LOWEST, _HIGHEST = 200, 599
_REDIRECTS = range(300, 400)
_TOO_LARGE = 1024 * 1024


def check_redirect(redirect: HTTPRedirect | None, path: str) -> Iterator[Fault]:
    """Something changes, the code is one of redirects, the scheme is HTTP's."""
    if redirect is None:
        return
    somewhere = redirect.uri or redirect.authority or redirect.scheme
    if not somewhere and redirect.port is None and redirect.derive_port is None:
        yield invalid(path, "a redirect needs at least one of uri, authority, scheme and port")
    if redirect.redirect_code and redirect.redirect_code not in _REDIRECTS:
        yield invalid(
            f"{path}.redirectCode", f"the code of a redirect is between 300 and 399, got {redirect.redirect_code}"
        )
    if redirect.scheme not in {"", "http", "https"}:
        yield invalid(f"{path}.scheme", f"the scheme is http or https, got `{redirect.scheme[:40]}`")
    if redirect.port is not None and (problem := port_problem(redirect.port)):
        yield invalid(f"{path}.port", problem)


def check_direct_response(response: HTTPDirectResponse | None, path: str) -> Iterator[Fault]:
    """The status is one of HTTP's, the body small: it travels with the configuration."""
    if response is None:
        return
    if problem := status_problem(response.status):
        yield invalid(f"{path}.status", problem)
    if response.body is None:
        return
    size = len((response.body.string or response.body.bytes or "").encode())
    if size > _TOO_LARGE:
        yield invalid(f"{path}.body", f"the body has {size} bytes, 1 MiB is the most")
    elif size > _LARGE:
        yield warned(f"{path}.body", f"the body has {size} bytes: every proxy holds it in its configuration")


def status_problem(status: int) -> str:
    """What keeps the number from being the status of an HTTP response."""
    return "" if _LOWEST <= status <= _HIGHEST else f"an HTTP status is between 200 and 599, got {status}"


def check_rewrite(rewrite: HTTPRewrite | None, path: str) -> Iterator[Fault]:
    """Something is rewritten; the path in one way only."""
    if rewrite is None:
        return
    regex = rewrite.uri_regex_rewrite
    if rewrite.uri and regex is not None:
        yield invalid(path, "only one of uri and uriRegexRewrite may be set")
    if not rewrite.uri and not rewrite.authority and regex is None:
        yield invalid(path, "a rewrite needs at least one of uri, uriRegexRewrite and authority")
    if regex is None:
        return
    where = f"{path}.uriRegexRewrite"
    if not regex.match or not regex.rewrite:
        yield invalid(where, "uriRegexRewrite needs both match and rewrite")
    else:
        yield from check_expression(regex.match, f"{where}.match")
