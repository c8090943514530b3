"""Documents as people write them: all of them are taken, line by line, through the judge that the server has."""

from __future__ import annotations

from pathlib import Path

import pytest

from galley.documents.read import read
from pipeline.stages.normalise import normalise
from pipeline.stages.validate import judge
from schemas.check import check
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: str(file.stem))
def test_nothing_is_wrong_with_documents_of_the_usual_uses(file: Path) -> None:
    """The one finding is that the kinds have no effect yet; what is served is still valid."""
    found = read(file.read_bytes(), "files", file.name)
    assert found.documents == len(found.resources)
    for item in found.resources:
        assert {one.code for one in (*item.diagnostics, *judge()(item.resource))} <= {"GLY0109", "GLY0011"}, item
        served = normalise(item.resource)
        kind = DEFAULT_REGISTRY.lookup(served.api_version, served.key.kind.partition(".")[0])
        assert isinstance(kind, Kind)
        assert check(kind, served.spec)[0] is not None
        assert normalise(served) == served


def test_a_fault_in_a_document_has_its_line() -> None:
    """Also deep inside of Envoy's configuration."""
    file = next(one for one in CORPUS if one.stem == "envoy_filters")
    text = file.read_text().replace("domain: ratelimit", "domain: 5").replace("max_tokens: 10,", "max_token: 10,")
    wrong = [one for item in read(text.encode(), "files", "a.yaml").resources for one in judge()(item.resource)]
    lines = text.splitlines()
    places = {one.code: lines[one.origin.line - 1].strip() for one in wrong}
    assert places["IST0106"] == "domain: 5"
    assert places["IST0133"].startswith("token_bucket: {max_token: 10,")
