"""`galley token`: join tokens, by which a proxy gets its first certificate."""

from __future__ import annotations

from typing import Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption

app = typer.Typer(help="Join tokens, by which a proxy gets its first certificate.", no_args_is_help=True)


@app.callback()
def token() -> None:
    """Join tokens, by which a proxy gets its first certificate."""


@app.command()
def create(
    identity: Annotated[
        str, typer.Option(help="The SPIFFE identity it stands for, such as spiffe://cluster.local/ns/default/sa/web.")
    ] = "",
    ttl: Annotated[float, typer.Option(help="Seconds until it expires.", min=1)] = 3600,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a join token: for one use, expiring.

    Example: galley token create --identity spiffe://cluster.local/ns/default/sa/web
    """
    from galley.app.api.answers import TokenAnswer, TokenRequest
    from galley.app.cli.client import Client
    from galley.app.cli.printing import print_json

    answer = Client(server).post(TokenAnswer, "/api/v1/tokens", TokenRequest(identity=identity, ttl=ttl))
    if output is Output.JSON:
        print_json(answer)
    else:
        typer.echo(answer.token)
