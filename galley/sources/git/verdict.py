"""`Verdict`: what became of a commit at the source. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from galley.sources.git.commit import Commit
    from pipeline.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A commit was taken, or refused as a whole.

    `location` is the repository without secrets, `ref` the full name of the reference that was there. `found` is what
    reading, and, where the repository is all or nothing, judging found in the files that differ from what was said
    before. `receipt` is what the engine returned for the batch (`pipeline.engines.contract.Receipt`): the revision that
    the commit is in; None where the commit changed nothing that is read. What judging finds in a commit that is taken
    is in the engine's state, at origins with this commit.
    """

    source: str
    location: str
    ref: str
    commit: Commit
    refused: bool
    found: tuple[Diagnostic, ...]
    files: tuple[str, ...]
    receipt: object
