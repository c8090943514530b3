"""The least that a webhook in Python can do: uvicorn over TLS, which reads a review and allows it.

usage: python -m tests.bench.bare_webhook CERTIFICATE PORT; the file has certificate and key, PEM.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import orjson
import uvicorn
from starlette.requests import Request

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def allow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a review."""
    review = orjson.loads(await Request(scope, receive).body())
    answer = orjson.dumps({**review, "response": {"uid": review.pop("request")["uid"], "allowed": True}})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    file, port = sys.argv[1:]
    uvicorn.run(
        allow, port=int(port), ssl_certfile=file, ssl_keyfile=file, log_level="critical", lifespan="off", http="h11"
    )
