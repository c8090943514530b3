"""What is wrong with a piece of configuration, as data. Bad configuration is never an exception. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.key import Key
    from pipeline.model.origin import Origin


class Severity(StrEnum):
    """How much a diagnostic matters: an error holds the object back or breaks traffic, a warning may, info tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Order of severities, the gravest first (0)."""
        return _RANK[self]


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another object or place that a diagnostic is about, with the part it plays (`also claimed here`)."""

    origin: Origin
    key: Key | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A finding: a code of the catalogue, where it was found, what it says and how to mend it.

    `path` is the field's path in the object (`spec.http[0].timeout`) or empty; `origin` is already that field's line.
    `key` is None where no object could be read.
    """

    code: str
    severity: Severity
    message: str
    origin: Origin
    key: Key | None = None
    path: str = ""
    hint: str = ""
    related: tuple[Related, ...] = ()

    @property
    def order(self) -> tuple[str, str, int, int, str, str, str]:
        """The order in which people read diagnostics: by file, line and column, then code."""
        origin = self.origin
        return (origin.source, origin.file, origin.line, origin.column, self.code, self.path, self.message)
