"""`propose`: what to say of a commit, given what was said before and what its files say; or why it is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from galley.sources.contract import Words
from galley.sources.diff import NOTHING, ROOT, difference
from galley.sources.git.stamp import Stamp
from pipeline.model.change import Faulted, Upserted
from pipeline.model.codes_git import COMMIT_REFUSED
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from galley.sources.diff import Found
    from galley.sources.git.commit import Commit
    from pipeline.model.change import Change
    from pipeline.stages.policy import Judge

MOST_ERRORS: Final = 100
"""Errors of a refused commit that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to say: `changes` carry the commit; `words`, by file, are what was said once they are (None: nothing more).

    `found` is what reading and judging found. A refused commit changes no object; it is a fault of the repository as a
    whole, which ends with the next commit that is taken.
    """

    changes: tuple[Change, ...]
    words: Mapping[str, Words | None]
    found: tuple[Diagnostic, ...]
    refused: bool = False


def propose(
    source: str, before: Mapping[str, Words], found: Mapping[str, Found], commit: Commit, judge: Judge | None
) -> Proposal:
    """Return what to say of a commit whose files, as far as they are others than before, say this.

    With a judge the commit is all or nothing: any error in these files refuses it.
    """
    stamp = Stamp(commit.oid, commit.author)
    files: dict[str, Found] = {**found, **({ROOT: None} if ROOT in before else {})}
    differences = {file: difference(source, file, before.get(file, NOTHING), one) for file, one in files.items()}
    changes = tuple(stamp.change(change) for new in differences.values() for change in new.changes)
    noted = tuple(one for change in changes for one in _findings(change, judge))
    errors = [one for one in noted if one.severity is Severity.ERROR]
    if judge is not None and errors:
        return _refused(source, before.get(ROOT, NOTHING), commit, errors)
    return Proposal(changes=changes, words={file: new.words for file, new in differences.items()}, found=noted)


def _findings(change: Change, judge: Judge | None) -> Iterator[Diagnostic]:
    """Give what was found in what a change says."""
    match change:
        case Upserted():
            yield from change.diagnostics
            if judge is not None:
                yield from judge(change.resource)
        case Faulted():
            yield from change.diagnostics
        case _:
            return


def _refused(source: str, before: Words, commit: Commit, errors: list[Diagnostic]) -> Proposal:
    origin = Origin(source=source, file=ROOT, commit=commit.oid, author=commit.author)
    count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
    first = Diagnostic(
        code=COMMIT_REFUSED,
        severity=Severity.ERROR,
        message=f"commit {commit.oid[:9]} by {commit.author} is not applied: {count}, the first in {errors[0].origin}",
        origin=origin,
        hint="mend the errors and push again; the last good commit is served",
    )
    told = (first, *errors[:MOST_ERRORS])
    words = Words(fault=tuple(Stamp().diagnostic(one) for one in told), held=())
    known = (before.fault, before.held) == (words.fault, words.held)
    changes = () if known else (Faulted(origin=origin, diagnostics=told, held=()),)
    return Proposal(changes=changes, words={ROOT: words}, found=told, refused=True)
