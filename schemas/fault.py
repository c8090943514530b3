"""`Fault`: one thing that is wrong with one object, as data. Pure.

Codes: `IST0106` where Istio's own validation refuses the value, `IST0133` where it only warns, `GLY01xx` where the
document does not have the shape of its kind. The pipeline adds where it was written, and so makes it a diagnostic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "info"]

INVALID: Final = "IST0106"
WARNED: Final = "IST0133"
DEPRECATED: Final = "IST0002"
UNKNOWN_FIELD: Final = "GLY0101"
WRONG_TYPE: Final = "GLY0102"
OUT_OF_RANGE: Final = "GLY0103"
MISSING_FIELD: Final = "GLY0104"
ONE_OF: Final = "GLY0105"
UNKNOWN_KIND: Final = "GLY0106"
UNKNOWN_VERSION: Final = "GLY0107"
FOREIGN_KIND: Final = "GLY0108"
NOT_TRANSLATED: Final = "GLY0109"
INVALID_SCHEMA: Final = "GLY0110"
VIOLATES_SCHEMA: Final = "GLY0111"
INNER_URL: Final = "GLY0112"
NOT_RE2: Final = "GLY0113"
COSTLY_REGEX: Final = "GLY0114"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was found at `path`, what is allowed, and what would repair it (`hint`, may be empty)."""

    code: str
    severity: Severity
    path: str
    message: str
    hint: str = ""


def invalid(path: str, message: str, hint: str = "") -> Fault:
    """An error of Istio's validation."""
    return Fault(code=INVALID, severity="error", path=path, message=message, hint=hint)


def warned(path: str, message: str, hint: str = "") -> Fault:
    """A warning of Istio's validation: the object is accepted."""
    return Fault(code=WARNED, severity="warning", path=path, message=message, hint=hint)


def without_effect(path: str, message: str) -> Fault:
    """An info: this part of a kind that is translated has no effect yet."""
    return Fault(code=NOT_TRANSLATED, severity="info", path=path, message=message)
