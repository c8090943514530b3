"""`galley explain`: a diagnostic code's page, or what an Envoy resource was made of."""

from __future__ import annotations

from typing import Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption


def explain(
    what: Annotated[
        str, typer.Argument(metavar="CODE|NODE", help="A diagnostic's code, or a node's id (or part of it).")
    ],
    resource: Annotated[str, typer.Argument(metavar="[RESOURCE]", help="With a node: an Envoy resource's name.")] = "",
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Explain a diagnostic, or say which objects and lines a proxy's resource was made of.

    Example: galley explain IST0101, or: galley explain edge 'outbound|80||reviews.default.svc.cluster.local'
    """
    if resource:
        _explain_resource(what, resource, server, output)
    else:
        _explain_code(what.upper(), output)


def _explain_code(code: str, output: Output) -> None:
    from dataclasses import asdict
    from difflib import get_close_matches

    from galley.app.cli.fail import fail
    from galley.app.cli.printing import print_json
    from pipeline.model.codes import CATALOGUE

    entry = CATALOGUE.get(code)
    if entry is None:
        near = ", ".join([known for known in CATALOGUE if known.startswith(code)] or get_close_matches(code, CATALOGUE))
        fail(
            f"there is no code {code}",
            f"near to it: {near}" if near else "`galley explain NODE RESOURCE` explains a resource",
        )
    if output is Output.JSON:
        print_json(asdict(entry))
        return
    typer.secho(f"{entry.code} ({entry.severity}): {entry.title}", bold=True)
    typer.echo(f"\n{entry.meaning}\n\n{entry.remedy}")


def _explain_resource(node: str, resource: str, server: str, output: Output) -> None:
    from galley.app.api.answers import ExplainAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, tell
    from galley.app.place_text import place_text

    answers = Client(server).get(list[ExplainAnswer], "/api/v1/explain", {"node": node, "resource": resource})
    if output is Output.JSON:
        print_json(answers)
        return
    for answer in answers:
        tell(f"{answer.type} {answer.name} on {answer.node} was made of", bold=True)
        for part in answer.objects:
            name = f"{part.resource.kind} {part.resource.namespace}/{part.resource.name}" if part.resource else ""
            tell(f"  {place_text(part.origin.source, part.origin.file, part.origin.line)}  {name}")
