"""`galley validate`: what is wrong with configuration, offline."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from galley.app.cli.options import SchemasOption
from galley.app.cli.serve import MeshConfigOption, MeshNetworksOption, SetOption, SettingsOption

if TYPE_CHECKING:
    from galley.app.api.answers import Findings


class ValidateOutput(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class FailOn(StrEnum):
    """From which severity on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_RANKS = {"error": 0, "warning": 1, "info": 2}


def validate(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="Files, directories, or - .")] = None,
    output: Annotated[ValidateOutput, typer.Option("--output", "-o", help="How to print.")] = ValidateOutput.TEXT,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="Exit 1 from this severity on.")] = FailOn.ERROR,
    mesh_config: MeshConfigOption = None,
    mesh_networks: MeshNetworksOption = None,
    schemas: SchemasOption = None,
    settings: SettingsOption = None,
    set_: SetOption = None,
) -> None:
    """Check configuration: each document alone, then together. Needs no server.

    Exit code 1: something is wrong. Example: galley validate mesh/ --fail-on warning
    """
    import os
    import sys

    from galley.app.cli.fail import fail, say
    from galley.app.cli.progress import progress
    from galley.app.convert import findings
    from galley.app.offline.mesh import load
    from galley.app.offline.settings import Unreadable, given_of, mesh_changes, registry_of

    if not paths and mesh_config is None and mesh_networks is None:
        fail("say what to validate: a file, a directory, or - for standard input", "galley validate mesh/")
    text = sys.stdin.buffer.read() if "-" in (paths or ()) else b""
    with progress() as step:
        try:
            obeyed = given_of(settings, set_ or (), os.environ)
            extra = mesh_changes(mesh_config, mesh_networks)
            registry = registry_of(schemas or ())
            mesh = load(paths or (), extra, registry, text, obeyed.inputs, lowered=obeyed.lowered, say=step)
        except (OSError, Unreadable) as error:
            fail(say(error))
        answer = findings(mesh.diagnostics(), mesh.documents)
    _print(answer, output)
    worst = min((_RANKS[found.severity] for found in answer.diagnostics), default=len(_RANKS))
    raise typer.Exit(1 if worst <= _RANKS[fail_on.value] else 0)


def _print(answer: Findings, output: ValidateOutput) -> None:
    from galley.app.cli.printing import print_finding, print_json

    if output is ValidateOutput.JSON:
        print_json(answer)
        return
    if output is ValidateOutput.SARIF:
        from galley.app.offline.sarif import sarif

        print_json(sarif(answer))
        return
    for found in answer.diagnostics:
        print_finding(found)
    counts = ((answer.documents, "document"), (answer.errors, "error"), (answer.warnings, "warning"))
    documents, errors, warnings = (_count(number, word) for number, word in counts)
    summary = f"{documents}: {errors}, {warnings}"
    typer.secho(summary, fg="red" if answer.errors else "yellow" if answer.warnings else "green", err=True)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
