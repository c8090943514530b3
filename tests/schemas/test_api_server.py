"""The CRDs at a real API server: it takes them all, and keeps each field of the corpus."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from schemas.crd import crds
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from tests.components.kube_api import Kube, kube

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.component

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))


def established(client: httpx.Client, name: str) -> bool:
    """Whether a definition is served, and has nothing against its schema."""
    conditions = {
        one["type"]: one for one in client.get(f"{DEFINITIONS}/{name}").json()["status"].get("conditions") or ()
    }
    wrong = conditions.get("NonStructuralSchema", {"status": "False"})
    assert wrong["status"] == "False", wrong
    return bool(conditions.get("Established", {}).get("status") == "True")


def path_of(document: dict[str, Any]) -> str:
    """Where objects of the document's kind and namespace are."""
    kind = DEFAULT_REGISTRY.lookup(document["apiVersion"], document["kind"])
    assert isinstance(kind, Kind)
    space = f"/namespaces/{document['metadata']['namespace']}" if kind.namespaced else ""
    return f"/apis/{document['apiVersion']}{space}/{kind.plural}"


def install(server: Kube, client: httpx.Client) -> None:
    """Create every definition, and wait until each is served."""
    for definition in crds():
        answer = client.post(DEFINITIONS, json=definition)
        assert answer.status_code == 201, answer.text
    deadline = time.monotonic() + 60
    waiting = {definition["metadata"]["name"] for definition in crds()}
    while waiting and time.monotonic() < deadline:
        waiting = {name for name in waiting if not established(client, name)}
    assert not waiting, (waiting, server.folder)


def test_an_api_server_takes_each_crd_and_keeps_what_the_corpus_says(tmp_path: Path) -> None:
    """With `fieldValidation=Strict`: a field that it would drop, or a value that it would not take, is an error."""
    with kube(tmp_path) as server, server.client() as client:
        install(server, client)
        for file in CORPUS:
            for document in yaml.safe_load_all(file.read_text()):
                namespace = {"metadata": {"name": document["metadata"].get("namespace", "default")}}
                client.post("/api/v1/namespaces", json=namespace)
                answer = client.post(path_of(document), json=document, params={"fieldValidation": "Strict"})
                assert answer.status_code == 201, (document["metadata"], answer.text)
                assert answer.json()["spec"] == _as_stored(document["spec"])


def _as_stored(value: Any) -> Any:  # noqa: ANN401  JSON
    """The content as JSON has it: keys are text."""
    if isinstance(value, dict):
        return {str(key): _as_stored(inner) for key, inner in value.items()}
    return [_as_stored(inner) for inner in value] if isinstance(value, list) else value
