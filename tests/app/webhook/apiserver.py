"""What an API server sends: reviews, over real TLS, to a running server."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import yaml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.app.live import Live

_PATIENCE = 20.0


def trust(live: Live) -> ssl.SSLContext:
    """Return a context that trusts the server's own authority, and nobody else."""
    return ssl.create_default_context(cafile=str(live.data / "ca" / "ca-cert.pem"))


@contextlib.asynccontextmanager
async def api_server(live: Live) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the webhook's address."""
    url = f"https://{live.addresses['webhook']}"
    async with httpx.AsyncClient(base_url=url, verify=trust(live), trust_env=False, timeout=_PATIENCE) as client:
        yield client


def document(text: str) -> dict[str, Any]:
    """Return an object as an API server has it."""
    found = yaml.safe_load(text)
    found["metadata"].setdefault("namespace", "default")
    return dict(found)


def review(
    new: dict[str, Any] | None,
    old: dict[str, Any] | None = None,
    operation: str = "",
    *,
    version: str = "v1",
    **more: object,
) -> dict[str, Any]:
    """Return the review of an object; UPDATE where there are two, DELETE where there is only the old one."""
    one = new or old or {}
    group, _, kind_version = one.get("apiVersion", "").rpartition("/")
    metadata = one.get("metadata", {})
    known = "CREATE" if old is None else "UPDATE" if new is not None else "DELETE"
    request = {
        "uid": "1f2a",
        "kind": {"group": group, "version": kind_version, "kind": one.get("kind", "")},
        "name": metadata.get("name", ""),
        "namespace": metadata.get("namespace", ""),
        "operation": operation or known,
        "object": new,
        "oldObject": old,
        **more,
    }
    return {"apiVersion": f"admission.k8s.io/{version}", "kind": "AdmissionReview", "request": request}


async def ask(client: httpx.AsyncClient, body: dict[str, Any], path: str = "/validate") -> dict[str, Any]:
    """Return the response within the answer to a review."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert content["kind"] == "AdmissionReview"
    assert content["apiVersion"] == body["apiVersion"]
    assert content["response"]["uid"] == body["request"]["uid"]
    return dict(content["response"])
