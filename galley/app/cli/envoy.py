"""`galley envoy`: a local Envoy that takes its configuration from the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, ServerOption, metadata_of

_NODE = "router~127.0.0.1~edge.default~default.svc.cluster.local"


NodeOption = Annotated[str, typer.Option("--node", help="The node's id: TYPE~IP~NAME.NAMESPACE~DOMAIN.")]
MetadataOption = Annotated[
    str, typer.Option("--metadata", help='The node\'s metadata in JSON, such as {"LABELS": {"app": "web"}}.')
]
TokenOption = Annotated[
    str,
    typer.Option(
        "--token", envvar="GALLEY_JOIN_TOKEN", help="A join token; made by the server's own user if not said."
    ),
]
PlaintextOption = Annotated[bool, typer.Option("--plaintext", help="Speak plain text to the server, without a token.")]
AdminOption = Annotated[str, typer.Option("--admin", help="Envoy's own administration address.")]
DirectoryOption = Annotated[Path, typer.Option("--dir", help="Where the bootstrap and the certificate go.")]
BinaryOption = Annotated[Path | None, typer.Option("--envoy", help="The Envoy executable.")]
OnlyOption = Annotated[bool, typer.Option("--bootstrap-only", help="Print the bootstrap and do not run Envoy.")]


def envoy(
    *,
    node: NodeOption = _NODE,
    metadata: MetadataOption = "",
    token: TokenOption = "",
    plaintext: PlaintextOption = False,
    admin: AdminOption = "127.0.0.1:15000",
    directory: DirectoryOption = Path(".galley-envoy"),
    binary: BinaryOption = None,
    bootstrap_only: OnlyOption = False,
    server: ServerOption = DEFAULT_SERVER,
) -> None:
    """Write a bootstrap and run a local Envoy on it, with a certificate of the server's Citadel.

    Example: galley envoy --metadata '{"LABELS": {"istio": "ingressgateway"}}'
    """
    import asyncio

    from galley.app.cli.fail import fail
    from galley.app.envoy.launch import Launch, LaunchFailed, launch
    from galley.app.envoy.process import until_told

    plan = Launch(
        node=node,
        metadata=metadata_of(metadata),
        server=server,
        token=token,
        plaintext=plaintext,
        admin=admin,
        directory=directory.resolve(),
        binary=binary,
    )
    try:
        raise typer.Exit(asyncio.run(until_told(launch(plan, bootstrap_only=bootstrap_only))))
    except LaunchFailed as error:
        fail(str(error), error.hint)
    except asyncio.CancelledError:
        raise typer.Exit(0) from None
