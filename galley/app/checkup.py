"""What `galley doctor` looks at: Python, Envoy, the server with its log, sources and proxies, clusters, and Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from galley import __version__
from galley.app.api.answers import Findings, ServerAnswer, Status
from galley.app.check_cluster import cluster_checks
from galley.app.check_kafka import kafka_checks
from galley.app.check_told import told
from galley.app.checked import Checked
from galley.app.data_directory import read_admin_token
from galley.app.envoy.binary import NoEnvoy, find_envoy
from galley.app.place_text import place_text
from galley.app.source_remedy import source_remedy
from galley.settings.settings import Settings
from pipeline.model.codes_stage import CONFLICT, HOST_CONFLICT, UNKNOWN_SOURCE
from pipeline.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from galley.app.api.answers import Finding

_TIMEOUT = 5.0
_LONG = 60.0
_PRIVATE = 0o077
_CONTESTED = frozenset({CONFLICT, HOST_CONFLICT})


def checkup(server: str, clusters: Sequence[str] = (), settings: Settings | None = None) -> Iterator[Checked]:
    """Look at everything, and say what was seen; `clusters` (`KUBECONFIG[#CONTEXT]`) are asked themselves.

    So are the brokers that `settings` name.
    """
    python = ".".join(map(str, sys.version_info[:3]))
    yield Checked(what="Python", good=sys.version_info >= (3, 11), seen=f"{python}, galley {__version__}")
    yield _envoy()
    url = server if "://" in server else f"http://{server}"
    try:
        with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as client:
            yield from _server(client, url)
    except httpx.HTTPError as error:
        remedy = "start one with `galley serve --files DIR`, or name it: --server URL"
        if not clusters:
            remedy += "; a cluster may still insist on one that was killed: add --kubernetes KUBECONFIG"
        yield Checked(what="server", good=False, seen=f"none at {url}: {error}", remedy=remedy)
    for cluster in clusters:
        yield from cluster_checks(cluster)
    yield from kafka_checks(settings or Settings())


def _envoy() -> Checked:
    try:
        binary = find_envoy()
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=_TIMEOUT, check=True)  # noqa: S603  a path that we found
    except (NoEnvoy, OSError, subprocess.SubprocessError) as error:
        remedy = "`make demo` installs one; GALLEY_ENVOY names another. Only `galley envoy` and `galley demo` need it"
        wanted = not isinstance(error, NoEnvoy) or bool(os.environ.get("GALLEY_ENVOY"))
        return Checked(what="Envoy", good=not wanted, seen=str(error), remedy=remedy)
    version = next((part for part in said.stdout.split("/") if part[:1].isdigit() and "." in part), said.stdout.strip())
    return Checked(what="Envoy", good=True, seen=f"{version} at {binary}")


def _server(client: httpx.Client, url: str) -> Iterator[Checked]:
    answer = ServerAnswer.model_validate_json(client.get("/api/v1/server").raise_for_status().content)
    yield Checked(what="server", good=True, seen=f"galley {answer.version} at {url}, pid {answer.pid}")
    yield _data(Path(answer.data))
    ready = client.get("/readyz").is_success
    remedy = "" if ready else "it waits for its sources: see `galley sources`"
    yield Checked(what="snapshot", good=ready, seen="served" if ready else "none yet", remedy=remedy)
    status = Status.model_validate_json(client.get("/api/v1/status").raise_for_status().content)
    yield Checked(
        what="log",
        good=status.accepting,
        seen="accepting changes" if status.accepting else f"not accepting changes: {status.trouble}",
        remedy="" if status.accepting else _log_remedy(status.trouble, answer.data),
    )
    yield from _parts(status)
    found = Findings.model_validate_json(client.get("/api/v1/diagnostics", timeout=_LONG).raise_for_status().content)
    yield from _contested(found.diagnostics)
    yield _together(found.diagnostics, {held.resource for held in status.held})


def _log_remedy(trouble: str, data: str) -> str:
    if "role `pipeline`" in trouble:
        return "start one with --roles pipeline, and a second that stands by"
    return f"is the disk of {data} full or read-only? are the brokers in reach?"


def _data(data: Path) -> Checked:
    if read_admin_token(data) is None:
        remedy = "commands that change anything must run as the server's user, on its machine"
        return Checked(what="data directory", good=True, seen=f"{data}, whose token cannot be read here", remedy=remedy)
    loose = data.stat().st_mode & _PRIVATE
    remedy = f"chmod 700 {data}" if loose else ""
    return Checked(
        what="data directory", good=not loose, seen=f"{data}, mode {data.stat().st_mode & 0o777:o}", remedy=remedy
    )


def _parts(status: Status) -> Iterator[Checked]:
    for source in status.sources:
        seen = f"{source.state}, {source.objects} objects" + "".join(f"; {error}" for error in source.errors)
        remedy = source_remedy(source)
        yield Checked(what=f"source {source.name}", good=not remedy, seen=seen, remedy=remedy)
    for concern in status.diagnostics:
        if concern.code == UNKNOWN_SOURCE:
            yield Checked(what="precedence", good=False, seen=f"{concern.code}: {concern.message}", remedy=concern.hint)
    held = len(status.held)
    remedy = "`galley status` names each with its file and line" if held else ""
    yield Checked(
        what="configuration", good=not held, seen=f"{held} held back" if held else "nothing held", remedy=remedy
    )
    if status.guard:
        guard = status.guard
        seen = f"revision {guard.revision} is held: it would drop {guard.removed} of {guard.of} objects"
        if guard.emptied:
            seen += f", all that source {guard.emptied} had among them"
        yield Checked(
            what="shrink guard", good=False, seen=seen, remedy=f"if that is meant: `galley confirm {guard.revision}`"
        )
    yield from _servers(status)
    live = status.live
    good = live.applied == live.of
    remedy = "" if good else "`galley proxies` says which, `galley status` why"
    yield Checked(what="proxies", good=good, seen=f"live on {live.applied} of {live.of}", remedy=remedy)
    yield from told(status)


def _servers(status: Status) -> Iterator[Checked]:
    """Look at the mesh's other xDS servers, where there may be some."""
    if status.unknown:
        remedy = "until then only this server's proxies are counted"
        yield Checked(what="other servers", good=False, seen=status.unknown, remedy=remedy)
    for server in status.servers:
        proxies = f"{server.proxies} prox{'y' if server.proxies == 1 else 'ies'}"
        seen = f"revision {server.revision}, {proxies}"
        if server.gone:
            seen = f"silent for {server.silent:.0f} s; not counted: its {proxies}"
        remedy = "was it meant to end? it is shown for an hour" if server.gone else ""
        yield Checked(what=f"server {server.name}", good=not server.gone, seen=seen, remedy=remedy)


def _contested(found: list[Finding]) -> Iterator[Checked]:
    """Show what several sources or objects claim: it is decided and nothing is wrong by itself, but is it meant."""
    contested = [one for one in found if one.code in _CONTESTED]
    if contested:
        first = contested[0]
        seen = f"{len(contested)}; the first: {first.code}: {first.message}"
        yield Checked(what="contested", good=True, seen=seen, remedy=first.hint)


def _together(found: list[Finding], held: set[str]) -> Checked:
    """Look at what is served and still wrong: a host, gateway or subset that another object names and is not there."""
    served = [one for one in found if one.resource and str(Key(**one.resource.model_dump())) not in held]
    errors = [one for one in served if one.severity == "error"]
    warnings = sum(one.severity == "warning" for one in served)
    seen = f"{len(errors)} errors, {warnings} warnings" if served else "nothing found"
    if errors:
        first = errors[0]
        where = place_text(first.origin.source, first.origin.file, first.origin.line)
        seen += f"; the first: {where}: {first.code}: {first.message}"
    remedy = "`galley status --findings` lists them all" if errors or warnings else ""
    return Checked(what="what is served", good=not errors, seen=seen, remedy=remedy)
