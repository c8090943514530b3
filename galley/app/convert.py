"""Records of the pipeline as answers of the API. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from galley.app.api.answers import Finding, Findings, Name, Place, RelatedAnswer, RevisionAnswer
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.app.api.answers import Live
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.origin import Origin
    from pipeline.model.revision import Revision


def time_text(at: float) -> str:
    """Return seconds since the epoch in RFC 3339, UTC, with milliseconds; empty for never (0)."""
    if not at:
        return ""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def place(origin: Origin) -> Place:
    """Return where something was written."""
    return Place(
        source=origin.source,
        file=origin.file,
        line=origin.line,
        column=origin.column,
        commit=origin.commit,
        author=origin.author,
    )


def name(key: Key) -> Name:
    """Return an object's name."""
    return Name(kind=key.kind, namespace=key.namespace, name=key.name)


def finding(diagnostic: Diagnostic) -> Finding:
    """Return a diagnostic."""
    return Finding(
        code=diagnostic.code,
        severity=diagnostic.severity.value,
        message=diagnostic.message,
        path=diagnostic.path,
        resource=name(diagnostic.key) if diagnostic.key else None,
        origin=place(diagnostic.origin),
        hint=diagnostic.hint,
        related=[
            RelatedAnswer(
                resource=name(related.key) if related.key else None, origin=place(related.origin), note=related.note
            )
            for related in diagnostic.related
        ],
    )


def findings(diagnostics: Sequence[Diagnostic], documents: int) -> Findings:
    """Return all of them in reading order, counted."""
    ordered = sorted(diagnostics, key=lambda diagnostic: diagnostic.order)
    return Findings(
        diagnostics=[finding(diagnostic) for diagnostic in ordered],
        documents=documents,
        errors=sum(diagnostic.severity is Severity.ERROR for diagnostic in ordered),
        warnings=sum(diagnostic.severity is Severity.WARNING for diagnostic in ordered),
    )


def revision_answer(revision: Revision, live: Live | None = None) -> RevisionAnswer:
    """Return a line of history."""
    return RevisionAnswer(
        revision=revision.number,
        digest=revision.digest,
        parent=revision.parent,
        time=time_text(revision.cause.at),
        source=revision.source,
        commit=revision.cause.commit,
        author=revision.cause.author,
        reason=revision.cause.reason,
        trace=revision.cause.trace,
        changed=[str(key) for key in sorted(revision.changed)],
        live=live,
    )
