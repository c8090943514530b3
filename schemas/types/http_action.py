"""What a route does instead of, or on the way to, a destination: redirect, direct response, rewrite, mirror. Pure."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.types.destination import Destination
from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage
from schemas.types.percent import Percent


class HTTPRedirect(OneOfMessage):
    """A redirect; 301 unless `redirect_code` says another."""

    ONE_OF: ClassVar = (("port", "derive_port"),)

    uri: str = ""
    authority: str = ""
    port: UInt32 | None = None
    derive_port: Literal["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"] | None = None
    scheme: str = ""
    redirect_code: UInt32 = 0


class HTTPBody(OneOfMessage):
    """The body of a direct response: text, or base64."""

    ONE_OF: ClassVar = (("string", "bytes"),)

    string: str | None = None
    bytes: str | None = None


class HTTPDirectResponse(Message):
    """A fixed answer from the proxy itself."""

    status: UInt32
    body: HTTPBody | None = None


class Delegate(Message):
    """The VirtualService that holds the routes; in the same namespace unless said otherwise."""

    name: str = ""
    namespace: str = ""


class RegexRewrite(Message):
    """A rewrite of the path by an RE2 expression."""

    match: str = ""
    rewrite: str = ""


class HTTPRewrite(Message):
    """What of the request is rewritten before it is forwarded."""

    uri: str = ""
    authority: str = ""
    uri_regex_rewrite: RegexRewrite | None = None


class HTTPMirrorPolicy(Message):
    """A destination that gets a copy of the traffic; all of it unless `percentage` says less."""

    destination: Destination
    percentage: Percent | None = None
