"""What an API server is answered, over TLS, by a whole server: judged against the mesh as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.live import running
from tests.app.webhook.apiserver import api_server, ask, document, review

if TYPE_CHECKING:
    from pathlib import Path

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.example.com"]}]
"""
ENTRY = """
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: shop}
spec:
  hosts: [shop.example.com]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: DNS
"""
RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec:
  host: shop.example.com
  subsets: [{name: v1, labels: {version: v1}}]
"""
ROUTE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop.example.com]
  gateways: [front]
  http: [{route: [{destination: {host: shop.example.com, subset: v1}}]}]
"""
MESH = f"{GATEWAY}---{ENTRY}---{RULE}---{ROUTE}"


def _mesh(root: Path, text: str = MESH) -> None:
    (root / "mesh").mkdir()
    (root / "mesh" / "mesh.yaml").write_text(text)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
@pytest.mark.parametrize("path", ["/validate", "/validate/"])
async def test_a_good_object_is_allowed_in_the_version_that_was_asked_in(
    tmp_path: Path, version: str, path: str
) -> None:
    """Under both paths."""
    _mesh(tmp_path)
    async with running(tmp_path) as live, api_server(live) as client:
        answer = await ask(client, review(document(ENTRY), document(RULE), version=version), path)
    assert answer == {"uid": "1f2a", "allowed": True}


async def test_an_object_that_is_wrong_alone_is_refused_in_words(tmp_path: Path) -> None:
    """With the code, the field, the object and the hint."""
    bad = document(ROUTE.replace("route:", "rote:"))
    async with running(tmp_path) as live, api_server(live) as client:
        answer = await ask(client, review(bad))
    assert answer["allowed"] is False
    assert answer["status"]["code"] == 400
    message = answer["status"]["message"]
    assert "VirtualService default/shop" in message
    assert "rote" in message
    assert "hint" in message


async def test_an_object_is_judged_against_the_mesh(tmp_path: Path) -> None:
    """What it names must be there."""
    _mesh(tmp_path)
    wrong = document(ROUTE.replace("subset: v1", "subset: v9").replace("[front]", "[back]"))
    async with running(tmp_path) as live, api_server(live) as client:
        answer = await ask(client, review(wrong, document(ROUTE)))
    assert answer["allowed"] is False
    assert "Referenced gateway not found: 'back'" in answer["status"]["message"]
    assert "Referenced host+subset in destinationrule not found: 'shop.example.com+v9'" in answer["status"]["message"]
    assert "DestinationRule default/shop" in answer["status"]["message"]


async def test_a_change_that_breaks_another_object_is_refused_and_names_it(tmp_path: Path) -> None:
    """The VirtualService is not in the request, and it is what would break."""
    _mesh(tmp_path)
    without = document(RULE.replace("name: v1,", "name: v2,"))
    async with running(tmp_path) as live, api_server(live) as client:
        answer = await ask(client, review(without, document(RULE)))
        again = await ask(client, review(document(RULE), document(RULE.replace("v1", "v0"))))
    assert answer["allowed"] is False
    assert "VirtualService default/shop" in answer["status"]["message"]
    assert again["allowed"] is True


async def test_a_deletion_is_allowed_and_says_who_misses_the_object(tmp_path: Path) -> None:
    """A warning for each."""
    _mesh(tmp_path)
    async with running(tmp_path) as live, api_server(live) as client:
        answer = await ask(client, review(None, document(GATEWAY)))
        harmless = await ask(client, review(None, document(ROUTE)))
    assert answer["allowed"] is True
    (warning,) = answer["warnings"]
    assert "VirtualService default/shop" in warning
    assert "Referenced gateway not found" in warning
    assert harmless == {"uid": "1f2a", "allowed": True}
