"""How answers look: JSON, or text with colours on a terminal only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import typer
from pydantic import BaseModel

from galley.app.cli.visible import visible
from galley.app.place_text import place_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from galley.app.api.answers import Finding, Live, RefusalAnswer, SourceAnswer


_BARE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON may have as it is, and a terminal should not."""


def print_json(value: object) -> None:
    """Print a model, or a list of them, as indented JSON."""
    print_json_text(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode())


def print_json_text(text: str) -> None:
    """Print what is JSON already."""
    typer.echo(_BARE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(type(value).__name__)


def tell(text: str, *, end: bool = True, **style: Any) -> None:  # noqa: ANN401  click's styles
    """Print a text that may come from outside: on one line, whatever is in it."""
    typer.secho(visible(text), nl=end, **style)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns, as kubectl does: no borders, the last column as long as it likes."""
    lines = [list(headings), *[[visible(cell) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        typer.secho(text, bold=number == 0)


def live_text(live: Live) -> str:
    """Return `12/12`, with what was refused."""
    return f"{live.applied}/{live.of}" + (f" ({live.refused} refused)" if live.refused else "")


def few(names: Sequence[str], count: int | None = None) -> str:
    """Return the first of some names, and how many more there are; `count` where not all are named."""
    most = 3
    more = (len(names) if count is None else count) - min(most, len(names))
    return ", ".join(names[:most]) + (f" (+{more} more)" if more else "")


def source_state(source: SourceAnswer) -> str:
    """Return a source's state, with when it is tried again."""
    retry = "" if source.retry_in is None else f"in {max(1, round(source.retry_in))} s"
    match source.state:
        case "retrying":
            return f"retrying {retry}"
        case "stale" if retry:
            return f"stale, retrying {retry}"
        case state:
            return state


def shortened(text: str) -> str:
    """Return a text with its commits' ids as people read them."""
    return " ".join(short(word) if _COMMIT.fullmatch(word) else word for word in text.split())


def age_text(source: SourceAnswer) -> str:
    """Return how long ago a source was last in step, in its largest unit: 40s, 12m, 5h, 3d; a dash for never."""
    if not source.last_sync:
        return "-"
    for seconds, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if source.age >= 2 * seconds:
            return f"{source.age / seconds:.0f}{unit}"
    return f"{source.age:.0f}s"


def short(digest: str) -> str:
    """Return a digest as people read it."""
    return digest[:12]


_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COLOUR = {"error": "red", "warning": "yellow", "info": "blue"}


def print_finding(finding: Finding) -> None:
    """Print `FILE:LINE:COL: error CODE: message (Kind ns/name, path)`, related places and the hint under it."""
    origin = finding.origin
    where = place_text(origin.source, origin.file, origin.line, origin.column)
    about = f"{finding.resource.kind} {finding.resource.namespace}/{finding.resource.name}" if finding.resource else ""
    context = ", ".join(part for part in (about, finding.path) if part)
    tell(f"{where}: ", end=False)
    tell(f"{finding.severity} {finding.code}", end=False, fg=_COLOUR.get(finding.severity), bold=True)
    tell(f": {finding.message}" + (f" ({context})" if context else ""))
    for related in finding.related:
        there = place_text(related.origin.source, related.origin.file, related.origin.line)
        tell(f"    {there}: {related.note}".rstrip(": "))
    if finding.hint:
        tell(f"    hint: {finding.hint}")


def print_refusals(refused: Iterable[RefusalAnswer]) -> None:
    """Print what proxies refused, in their words, and what each was made of."""
    for refusal in refused:
        typer.echo("")
        tell(f"{refusal.node} refuses {refusal.type} {refusal.name}", fg="red")
        for line in refusal.reason.splitlines():
            tell(f"    {line}")
        for place in refusal.objects:
            tell(f"    made of {place}")
