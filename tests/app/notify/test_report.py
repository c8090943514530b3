"""What is said of a commit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from galley.app.notify.report import Fault, Standing, report
from galley.sources.git.commit import Commit
from galley.sources.git.verdict import Verdict
from pipeline.engines.contract import Receipt
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.origin import Origin

VERDICT = Verdict(
    source="git",
    location="https://git.example/a/mesh",
    ref="refs/heads/main",
    commit=Commit("c" * 40, "d" * 40, "Ann <ann@example.com>", 0.0, "Shift reviews"),
    refused=False,
    found=(),
    files=("a.yaml",),
    receipt=Receipt(sequence=3, revision=41),
)
LIVE = Standing(revision=41, applied=12, of=12, seconds=0.18)
HELD = Fault(file="a.yaml", line=12, code="GLY0104", message="no such field")


@pytest.mark.parametrize(
    ("standing", "state", "text"),
    [
        (LIVE, "success", "revision 41: live on 12 of 12 proxies in 180 ms"),
        (replace(LIVE, applied=3, waiting=True), "pending", "revision 41: live on 3 of 12 proxies"),
        (
            replace(LIVE, applied=3, waiting=True, late=True, seconds=600.0),
            "failure",
            "revision 41: live on 3 of 12 proxies after 10 min",
        ),
        (replace(LIVE, applied=0, of=0), "success", "revision 41 is published; no proxy is connected"),
        (replace(LIVE, proxies=False), "success", "revision 41 is published; proxies are elsewhere"),
        (
            replace(LIVE, held=(HELD, HELD)),
            "failure",
            "a.yaml:12: GLY0104: no such field (and 1 more); the rest: revision 41: live on 12 of 12 proxies in 180 ms",
        ),
        (
            replace(LIVE, applied=11, refused=(Fault(file="", line=0, code="", message="edge: bad route"),)),
            "failure",
            "revision 41: live on 11 of 12 proxies in 180 ms; refused: edge: bad route",
        ),
        (
            Standing(revision=0, guarded=42),
            "pending",
            "held by the shrink guard; galley confirm 42 lets it through",
        ),
        (
            Standing(revision=0, guarded=42, late=True),
            "failure",
            "held by the shrink guard; galley confirm 42 lets it through",
        ),
        (Standing(revision=0), "pending", "nothing is served yet"),
    ],
)
def test_a_commit_is_told_in_one_sentence(standing: Standing, state: str, text: str) -> None:
    """How far it is, and if it failed the first error with file and line."""
    found = report(VERDICT, standing)
    assert (found.state, found.text) == (state, text)
    assert found.final is (state != "pending")


def test_a_commit_that_is_refused_as_a_whole_says_why() -> None:
    """All or nothing: the first error counts, not the sentence that sums them up."""
    summary, error = (
        Diagnostic(
            code=code, severity=Severity.ERROR, message=message, origin=Origin(source="git", file="a.yaml", line=12)
        )
        for code, message in (("GLY0001", "commit is not applied"), ("GLY0104", "no such field"))
    )
    found = report(replace(VERDICT, refused=True, found=(summary, error)), LIVE)
    assert (found.state, found.text) == ("failure", "not applied: a.yaml:12: GLY0104: no such field")
    assert [fault.line for fault in found.faults] == [12]
