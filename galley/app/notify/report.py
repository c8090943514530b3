"""`CommitReport`: what is known of a commit now, in numbers and in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from galley.sources.git.verdict import Verdict
    from pipeline.model.diagnostic import Diagnostic

State: TypeAlias = Literal["pending", "success", "failure"]
"""`pending` is followed by another report; the others are final unless words are added to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error: in a file of the commit, at a line (0: at a proxy, whose words it is)."""

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        """Return it as `galley validate` does, in one line."""
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{where}{self.code}: {self.message}" if self.code else f"{where}{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a commit has come: its revision (0: none yet), what is held of it, and on how many proxies it is live.

    `proxies` says whether proxies are counted at all; `seconds` is how long it took to the last of them, or so far.
    `guarded` is the revision as which the shrink guard holds it, 0 for none.
    """

    revision: int
    held: tuple[Fault, ...] = ()
    refused: tuple[Fault, ...] = ()
    proxies: bool = True
    applied: int = 0
    of: int = 0
    waiting: bool = False
    seconds: float = 0.0
    guarded: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReport:
    """A commit, and what became of it. `text` is one sentence; `faults` are why it failed."""

    source: str
    location: str
    ref: str
    commit: str
    author: str
    subject: str
    state: State
    text: str
    revision: int
    applied: int = 0
    of: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return self.state != "pending"


def report(verdict: Verdict, standing: Standing) -> CommitReport:
    """Return the report of a commit that has come so far."""
    faults = (*standing.held, *standing.refused)
    if verdict.refused:
        faults = tuple(fault_of(one) for one in verdict.found[1:] or verdict.found)
    state: State = "failure" if faults or standing.late else "pending" if _underway(standing) else "success"
    return CommitReport(
        source=verdict.source,
        location=verdict.location,
        ref=verdict.ref,
        commit=verdict.commit.oid,
        author=verdict.commit.author,
        subject=verdict.commit.subject,
        state=state,
        text=_text(verdict, standing, faults),
        revision=standing.revision,
        applied=standing.applied,
        of=standing.of,
        faults=faults,
    )


def fault_of(found: Diagnostic) -> Fault:
    """Return a diagnostic as a fault."""
    return Fault(file=found.origin.file, line=found.origin.line, code=found.code, message=found.message)


def _underway(standing: Standing) -> bool:
    return standing.waiting or not standing.revision


def _text(verdict: Verdict, standing: Standing, faults: tuple[Fault, ...]) -> str:
    if verdict.refused:
        return f"not applied: {_first(faults)}"
    where = _where(standing)
    if standing.held:
        return f"{_first(standing.held)}; the rest: {where}"
    if standing.refused:
        return f"{where}; refused: {_first(standing.refused)}"
    return where


def _first(faults: tuple[Fault, ...]) -> str:
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def _where(standing: Standing) -> str:
    if standing.guarded:
        return f"held by the shrink guard; galley confirm {standing.guarded} lets it through"
    if not standing.revision:
        return "nothing is served yet"
    text = f"revision {standing.revision}"
    if not standing.proxies or not standing.of:
        return f"{text} is published; {'no proxy is connected' if standing.proxies else 'proxies are elsewhere'}"
    text = f"{text}: live on {standing.applied} of {standing.of} proxies"
    if standing.waiting:
        return f"{text} after {_duration(standing.seconds)}" if standing.late else text
    return f"{text} in {_duration(standing.seconds)}"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"  # noqa: PLR2004  a minute
