"""`Finding`: what reading one document's text finds, before it is known whose it is. Pure data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from pipeline.model.positions import Step


class Mark(NamedTuple):
    """A place in the text; both count from 1, columns in characters."""

    line: int
    column: int


class Finding(NamedTuple):
    """A diagnostic without object and file: `steps` is the path from the document's root."""

    code: str
    mark: Mark
    message: str
    hint: str = ""
    steps: tuple[Step, ...] = ()
    severity: Severity = Severity.ERROR
    other: Mark | None = None
    """A second place that the finding is about."""
    note: str = ""
    """The part that the second place plays."""


class Refused(Exception):
    """The text cannot be read any further. Never leaves `galley.documents`."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
