"""`galley status` and `galley wait`: where a revision is live, and where it is not, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption

if TYPE_CHECKING:
    from galley.app.api.answers import Status, Waited
    from galley.app.cli.client import Client

_POLL = 10.0
_LONG = 60.0
_COMMIT = re.compile("[0-9a-f]{4,64}", re.IGNORECASE)


def status(
    revision: Annotated[int | None, typer.Option(help="A revision; the last one if not said.", min=1)] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="List everything that was found, also in what is served.")
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Say whether the configuration is live everywhere; if not where, why, and what is served instead.

    Exit code 1: something is held, refused or not yet live. Example: galley status --revision 41
    """
    from galley.app.api.answers import Status
    from galley.app.cli.client import Client
    from galley.app.cli.fail import fail
    from galley.app.cli.printing import print_json

    if findings:
        if revision is not None:
            fail("findings are those of what is there now: leave out --revision")
        raise typer.Exit(_findings(Client(server, timeout=_LONG), output))
    answer = Client(server).get(Status, "/api/v1/status", {"revision": revision})
    if output is Output.JSON:
        print_json(answer)
    else:
        _print_status(answer)
        if revision is None:
            _print_found(Client(server, timeout=_LONG), answer)
    clean = answer.live.applied == answer.live.of and not (answer.held or answer.guard or answer.unknown)
    raise typer.Exit(0 if clean else 1)


def _findings(client: Client, output: Output) -> int:
    """Print everything that was found in the configuration as it stands; return the exit code."""
    from galley.app.api.answers import Findings
    from galley.app.cli.printing import print_finding, print_json

    found = client.get(Findings, "/api/v1/diagnostics")
    if output is Output.JSON:
        print_json(found)
        return 1 if found.errors else 0
    for one in found.diagnostics:
        print_finding(one)
    typer.echo(f"{found.documents} objects: {found.errors} errors, {found.warnings} warnings")
    return 1 if found.errors else 0


def _print_found(client: Client, answer: Status) -> None:
    """Say how much was found in what is served; what is held was told already."""
    from galley.app.api.answers import Findings

    held = {(one.source, one.file, one.resource) for one in answer.held}
    severities = []
    for one in client.get(Findings, "/api/v1/diagnostics").diagnostics:
        resource = f"{one.resource.kind} {one.resource.namespace}/{one.resource.name}" if one.resource else ""
        if (one.origin.source, one.origin.file, resource) not in held:
            severities.append(one.severity)
    errors, warnings = severities.count("error"), severities.count("warning")
    if errors or warnings:
        typer.echo("")
        text = f"found in what is served: {errors} errors, {warnings} warnings; `galley status --findings` lists them"
        typer.secho(text, fg="red" if errors else "yellow")


def wait(
    object_: Annotated[
        list[str] | None, typer.Argument(metavar="[KIND NS/NAME]", help="Wait for this object's last change.")
    ] = None,
    revision: Annotated[int | None, typer.Option(help="Wait for this revision.", min=1)] = None,
    commit: Annotated[str | None, typer.Option(help="Wait for the revision of this commit.")] = None,
    timeout: Annotated[str, typer.Option(help="Give up after this long: 30s, 2m.")] = "30s",
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Wait until a change is live on every connected proxy that sees it. Exit code 1: it is not, in time.

    Example: galley wait VirtualService default/reviews --timeout 10s
    """
    from shlex import quote

    from galley.app.cli.client import Client
    from galley.app.cli.fail import fail
    from galley.app.cli.printing import print_json, print_refusals, tell

    words = object_ or []
    if len(words) not in {0, 2} or sum((bool(words), revision is not None, commit is not None)) != 1:
        fail("say one thing to wait for: --revision R, --commit C, or KIND NS/NAME")
    if commit is not None and not _COMMIT.fullmatch(commit):
        fail(f"--commit {commit}: write the commit's id", f"galley wait --commit $(git rev-parse {quote(commit)})")
    query: dict[str, object] = {"revision": revision, "commit": commit and commit.lower()}
    if words:
        query |= {"kind": words[0], "object": words[1]}
    answer = _wait(Client(server, timeout=_POLL + 20), query, _seconds(timeout))
    if output is Output.JSON:
        print_json(answer)
    else:
        tell(answer.message)
        print_refusals(answer.refused)
    raise typer.Exit(0 if answer.done else 1)


def _wait(client: object, query: dict[str, object], seconds: float) -> Waited:
    """Ask again and again, each time for a few seconds, until it is done or time is up."""
    import time

    from galley.app.api.answers import Waited
    from galley.app.cli.client import Client
    from galley.app.cli.printing import live_text
    from galley.app.cli.progress import Progress

    assert isinstance(client, Client)
    progress = Progress()
    end = time.monotonic() + seconds
    while True:
        left = max(0.0, end - time.monotonic())
        answer = client.get(Waited, "/api/v1/wait", {**query, "timeout": min(left, _POLL)})
        if answer.done or answer.final or left <= 0:
            progress.done()
            return answer
        progress.say(
            f"revision {answer.revision}: live on {live_text(answer.live)}" if answer.revision else answer.message
        )


def _seconds(text: str) -> float:
    from galley.app.cli.fail import fail

    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    unit = next((unit for unit in ("ms", "s", "m", "h") if text.endswith(unit)), "")
    try:
        seconds = float(text.removesuffix(unit)) * units.get(unit, 1.0)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:  # what is no number is neither
        fail(f"--timeout {text}: write a duration, such as 30s or 2m")
    return seconds


def _print_status(answer: Status) -> None:
    from galley.app.cli.printing import live_text, print_refusals, short, tell
    from galley.app.place_text import place_text

    if answer.revision:
        everywhere = answer.live.applied == answer.live.of
        typer.secho(f"revision {answer.revision} ({short(answer.digest)})  {answer.time}", bold=True)
        typer.echo("live on ", nl=False)
        typer.secho(f"{live_text(answer.live)} proxies", fg="green" if everywhere else "yellow")
    else:
        typer.secho(
            "no revision yet: the first waits for every source, sources.sync_timeout seconds at most", bold=True
        )
    for name, consumer in (("citadel", answer.citadel), ("mixer", answer.mixer)):
        if consumer:
            typer.echo(f"{name} at revision {consumer.revision}")
    if not answer.accepting:
        why = answer.trouble or "the log cannot be written"
        tell(f"nothing new is accepted, the last good state is served: {why}", fg="red")
    _print_servers(answer)
    if answer.guard:
        all_of = f", all that source {answer.guard.emptied} had among them" if answer.guard.emptied else ""
        typer.secho(
            f"held by the shrink guard: revision {answer.guard.revision} would drop {answer.guard.removed} of"
            f" {answer.guard.of} objects{all_of}; `galley confirm {answer.guard.revision}` lets it through",
            fg="red",
        )
    for held in answer.held:
        typer.echo("")
        tell(f"{place_text(held.source, held.file, held.line)}: ", end=False, bold=True)
        tell(held.code, end=False, fg="red")
        tell(f": {held.message}")
        tell(f"    {held.resource or 'as a whole'}: {held.serving}")
        if held.hint:
            tell(f"    hint: {held.hint}")
    for pin in answer.pins:
        typer.echo("")
        tell(f"pinned by rollback {pin.revision}: {pin.resource}: {pin.serving}")
    for proxy in answer.proxies:
        print_refusals(proxy.refused)
    _print_sources(answer)


def _print_servers(answer: Status) -> None:
    """Print the mesh's other xDS servers, and what is not known of them."""
    from galley.app.cli.printing import tell

    if answer.unknown:
        tell(f"only this server's proxies are counted: {answer.unknown}", fg="red")
    for server in answer.servers:
        proxies = f"{server.proxies} prox{'y' if server.proxies == 1 else 'ies'}"
        if server.gone:
            tell(f"server {server.name}: silent for {server.silent:.0f} s; not counted: its {proxies}", fg="yellow")
        else:
            tell(f"server {server.name}: revision {server.revision}, {proxies}")


def _print_sources(answer: Status) -> None:
    from galley.app.cli.printing import age_text, print_finding, source_state, tell
    from pipeline.model.codes_stage import SHRINK_GUARD

    typer.echo("")
    for concern in answer.diagnostics:
        if not (concern.code == SHRINK_GUARD and answer.guard):
            print_finding(concern)
    for source in answer.sources:
        objects = f"{source.objects} object{'' if source.objects == 1 else 's'}"
        ago = f", in step {age_text(source)} ago" if source.last_sync else ""
        tell(f"source {source.name}: {objects}, {source_state(source)}{ago}")
        for error in source.errors:
            tell(f"    {error}", fg="red")
    _print_told(answer)
    if answer.disconnected:
        tell(f"disconnected: {', '.join(answer.disconnected)}")


def _print_told(answer: Status) -> None:
    """Print who asks us before it stores, who is told of commits, and whether pushes are heard of."""
    from galley.app.check_told import told
    from galley.app.cli.printing import tell

    for found in told(answer):
        tell(f"{found.what}: {found.seen}", fg=None if found.good else "red")
