"""`galley log`, `show`, `diff`, `rollback`, `confirm`: history, and going back in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption

if TYPE_CHECKING:
    from galley.app.api.answers import Difference, RevisionAnswer

Number = Annotated[int, typer.Argument(metavar="R", help="A revision's number.", min=1)]


def log(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many revisions.")] = 20,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """List revisions, newest first, and on how many proxies each is live.

    Example: galley log -n 5
    """
    from galley.app.api.answers import RevisionAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import few, live_text, print_json, print_table

    answers = Client(server).get(list[RevisionAnswer], "/api/v1/revisions", {"limit": limit})
    if output is Output.JSON:
        print_json(answers)
        return
    print_table(
        ("REVISION", "TIME", "SOURCE", "AUTHOR", "LIVE", "CHANGED"),
        [
            (
                str(answer.revision),
                answer.time,
                answer.source + (f" {answer.commit[:9]}" if answer.commit else ""),
                answer.author.partition(" <")[0] or "-",
                live_text(answer.live) if answer.live else "-",
                few(answer.changed),
            )
            for answer in answers
        ],
    )


def show(revision: Number, server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Show a revision: who made it, why, and what it changed.

    Example: galley show 41
    """
    from galley.app.api.answers import Difference, RevisionAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json

    client = Client(server)
    answer = client.get(RevisionAnswer, f"/api/v1/revisions/{revision}")
    changes = client.get(list[Difference], "/api/v1/diff", {"a": answer.parent, "b": revision})
    if output is Output.JSON:
        print_json({**answer.model_dump(), "differences": changes})
        return
    _print_revision(answer)
    _print_differences(changes)


def diff(
    older: Annotated[int, typer.Argument(metavar="A", help="A revision; 0 is the empty mesh.", min=0)],
    newer: Annotated[int, typer.Argument(metavar="B", help="Another revision.", min=0)],
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show what differs between two revisions. Exit code 1: they differ.

    Example: galley diff 40 41
    """
    from galley.app.api.answers import Difference
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json

    changes = Client(server).get(list[Difference], "/api/v1/diff", {"a": older, "b": newer})
    if output is Output.JSON:
        print_json(changes)
    else:
        _print_differences(changes)
    raise typer.Exit(1 if changes else 0)


def rollback(
    revision: Number,
    *,
    release: Annotated[
        bool,
        typer.Option("--release", help="Lift the pins that the rollback to R made, and serve what the sources say."),
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Go back to a revision: a new revision that pins each object it restores until its source says something newer.

    Example: galley rollback 40
    """
    from galley.app.api.answers import Changed, RollbackRequest
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, tell

    request = RollbackRequest(release=release)
    answer = Client(server).post(Changed, f"/api/v1/revisions/{revision}/rollback", request)
    if output is Output.JSON:
        print_json(answer)
    else:
        tell(answer.message)


def confirm(revision: Number, server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Let a revision through that the shrink guard holds.

    Example: galley confirm 42
    """
    from galley.app.api.answers import Changed
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, tell

    answer = Client(server).post(Changed, f"/api/v1/revisions/{revision}/confirm")
    if output is Output.JSON:
        print_json(answer)
    else:
        tell(answer.message)


def _print_revision(answer: RevisionAnswer) -> None:
    from galley.app.cli.printing import live_text, tell

    typer.secho(f"revision {answer.revision}  {answer.digest}", bold=True)
    rows = {
        "Time": answer.time,
        "Source": answer.source,
        "Commit": answer.commit,
        "Author": answer.author,
        "Reason": answer.reason,
        "Trace": answer.trace,
        "Live": live_text(answer.live) if answer.live else "",
    }
    for name, value in rows.items():
        if value:
            tell(f"{name + ':':<8} {value}")
    typer.echo("")


def _print_differences(changes: list[Difference]) -> None:
    from difflib import unified_diff

    from galley.app.cli.printing import tell
    from galley.app.place_text import place_text

    colours = {"+": "green", "-": "red", "@": "cyan"}
    for change in changes:
        at = change.origin
        where = f"  ({place_text(at.source, at.file, at.line)})" if at and at.file else ""
        tell(f"{change.change} {change.resource}{where}", bold=True)
        lines = unified_diff(change.before.splitlines(), change.after.splitlines(), lineterm="", n=3)
        for line in list(lines)[2:]:
            tell(f"  {line}", fg=colours.get(line[:1]))
