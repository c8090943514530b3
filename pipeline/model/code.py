"""One entry of the catalogue of diagnostic codes. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.diagnostic import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A kind of finding: its usual severity, a one-line title, what it means and what to do.

    A `lowerable` one is an error where we are stricter than Istio: the setting `validation.lower` makes it a warning.
    """

    code: str
    severity: Severity
    title: str
    meaning: str
    remedy: str
    lowerable: bool = False


def error(code: str, title: str, meaning: str, remedy: str) -> Code:
    """Return the entry of a finding that usually holds the object back."""
    return Code(code=code, severity=Severity.ERROR, title=title, meaning=meaning, remedy=remedy)


def strict(code: str, title: str, meaning: str, remedy: str) -> Code:
    """Return the entry of an error that Istio does not know, and that a setting lowers to a warning."""
    how = f"{remedy} Where the object must pass, the setting `validation.lower: [{code}]` makes this a warning."
    return Code(code=code, severity=Severity.ERROR, title=title, meaning=meaning, remedy=how, lowerable=True)


def warning(code: str, title: str, meaning: str, remedy: str) -> Code:
    """Return the entry of a finding that lets the object through."""
    return Code(code=code, severity=Severity.WARNING, title=title, meaning=meaning, remedy=remedy)


def info(code: str, title: str, meaning: str, remedy: str) -> Code:
    """Return the entry of a finding that only tells."""
    return Code(code=code, severity=Severity.INFO, title=title, meaning=meaning, remedy=remedy)
