"""`galley proxies` and `galley proxy`: who is connected, and what each was sent."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption


def proxies(server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Show who is connected, and whether each is synced, stale or refusing something.

    Example: galley proxies
    """
    from galley.app.api.answers import ProxyAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, print_table

    answers = Client(server).get(list[ProxyAnswer], "/api/v1/proxies")
    if output is Output.JSON:
        print_json(answers)
        return
    several = len({answer.server for answer in answers}) > 1
    print_table(
        (*(("SERVER",) if several else ()), "NODE", "STATE", "REVISION", "MODE", "SINCE", "PENDING", "REFUSED"),
        [
            (
                *((answer.server,) if several else ()),
                answer.node,
                answer.state if answer.connected else "disconnected",
                str(answer.revision),
                answer.mode,
                answer.since,
                str(answer.pending),
                ", ".join(refusal.name for refusal in answer.refused),
            )
            for answer in answers
        ],
    )


def proxy(
    node: Annotated[str, typer.Argument(help="The node's id, or any part of it that names one.")],
    type_: Annotated[str, typer.Argument(metavar="[cds|lds|rds|eds|sds]", help="Only this type.")] = "",
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show what a proxy was sent, and whether it accepted it.

    Example: galley proxy edge cds
    """
    from galley.app.api.answers import SentAnswer
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json, print_table, short

    client = Client(server)
    query: dict[str, Any] = {"node": node, "type": type_ or None, "bodies": True if output is Output.JSON else None}
    answers = client.get(list[SentAnswer], "/api/v1/proxy", query)
    if output is Output.JSON:
        print_json(answers)
        return
    print_table(
        ("TYPE", "NAME", "VERSION", "STATE"),
        [(answer.type, answer.name, short(answer.version), answer.state) for answer in answers],
    )
