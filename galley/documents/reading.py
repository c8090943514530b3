"""`Reading`: what a file's text says. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.resource import Resource


class Read(NamedTuple):
    """An object and what reading it found; with an error among it, its last good version must stay."""

    resource: Resource
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The objects of a file, and its faults: the diagnostics of which it cannot be known what object they are about.

    With faults, an object that is missing may be among what could not be read, so it must not be taken for deleted.
    `parsed` is False where the text could not be parsed to its end: then nothing of the file may take effect, and
    `resources` are only good for telling what is wrong with them. `documents` counts the objects that were found, the
    faulty ones and the items of lists included.
    """

    resources: tuple[Read, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    parsed: bool = True
    documents: int = 0
