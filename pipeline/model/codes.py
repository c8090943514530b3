"""The catalogue of diagnostic codes: where a rule is Istio's, its code is Istio's; ours start with GLY. Pure data.

A code is never reused for another meaning. Each has a page, `galley explain CODE`, made from its entry here.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.diagnostic import Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A kind of finding: its usual severity, a one-line title, what it means and what to do."""

    code: str
    severity: Severity
    title: str
    meaning: str
    remedy: str


def _code(code: str, severity: Severity, title: str, meaning: str, remedy: str) -> Code:
    return Code(code=code, severity=severity, title=title, meaning=meaning, remedy=remedy)


_DOCUMENT = (
    _code(
        "GLY0001",
        _E,
        "The text is neither YAML nor JSON",
        "The file could not be parsed. All objects that it had stay as they were last good.",
        "Mend the syntax at the line and column named; nothing else of the mesh is affected.",
    ),
)
