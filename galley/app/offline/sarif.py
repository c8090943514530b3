"""Findings in SARIF 2.1.0, for code review tools. Pure.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galley import __version__
from pipeline.model.codes import CATALOGUE

if TYPE_CHECKING:
    from galley.app.api.answers import Finding, Findings

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(answer: Findings) -> dict[str, Any]:
    """Return the findings as one run of one tool."""
    codes = sorted({found.code for found in answer.diagnostics})
    driver = {"name": "galley", "version": __version__, "rules": [_rule(code) for code in codes]}
    results = [_result(found, codes.index(found.code)) for found in answer.diagnostics]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(code: str) -> dict[str, Any]:
    entry = CATALOGUE.get(code)
    if entry is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.meaning},
        "help": {"text": entry.remedy},
    }


def _result(found: Finding, rule: int) -> dict[str, Any]:
    text = found.message + (f"\n{found.hint}" if found.hint else "")
    return {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.severity],
        "message": {"text": text},
        "locations": [_location(found.origin.file, found.origin.line, found.origin.column)],
        "relatedLocations": [
            _location(related.origin.file, related.origin.line, related.origin.column)
            | {"message": {"text": related.note}}
            for related in found.related
        ],
    }


def _location(file: str, line: int, column: int) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": column}
    return {"physicalLocation": {"artifactLocation": {"uri": file}, "region": region}}
