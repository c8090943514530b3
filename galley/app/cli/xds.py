"""`galley xds`: what a proxy would be sent, offline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from galley.app.cli.serve import MeshConfigOption, MeshNetworksOption


class XdsOutput(StrEnum):
    """How resources are printed."""

    JSON = "json"
    YAML = "yaml"


def xds(  # noqa: PLR0913  each is an option of the command line
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, directories, or - .")],
    node: Annotated[str, typer.Option(help="The node's id: TYPE~IP~NAME.NAMESPACE~DOMAIN, or any other.")],
    metadata: Annotated[str, typer.Option(help="The node's metadata in JSON.")] = "",
    output: Annotated[XdsOutput, typer.Option("--output", "-o", help="How to print.")] = XdsOutput.JSON,
    mesh_config: MeshConfigOption = None,
    mesh_networks: MeshNetworksOption = None,
) -> None:
    """Print what a proxy would be sent for this configuration. Needs no server.

    What is invalid is left out, and said on standard error.
    Example: galley xds mesh/ --node 'sidecar~10.0.0.1~web.default~default.svc.cluster.local'
    """
    import sys  # noqa: PLC0415  commands import what they need

    import orjson  # noqa: PLC0415

    from galley.app.cli.client import fail  # noqa: PLC0415
    from galley.app.offline.mesh import load  # noqa: PLC0415
    from galley.app.offline.settings import Unreadable, mesh_changes  # noqa: PLC0415
    from galley.app.offline.xds import resources  # noqa: PLC0415

    try:
        given = orjson.loads(metadata) if metadata else {}
    except ValueError as error:
        fail(f"--metadata is no JSON: {error}", 'such as --metadata \'{"LABELS": {"app": "web"}}\'')
    if not isinstance(given, dict):
        fail("--metadata must be a JSON object", 'such as --metadata \'{"LABELS": {"app": "web"}}\'')
    text = sys.stdin.buffer.read() if "-" in paths else b""
    try:
        mesh = load(paths, mesh_changes(mesh_config, mesh_networks), stdin=text)
    except (OSError, Unreadable) as error:
        fail(str(error))
    if mesh.unparsed:
        for found in mesh.unparsed:
            typer.echo(f"{found.origin}: error {found.code}: {found.message}", err=True)
        raise typer.Exit(2)
    for found in mesh.errors():
        typer.echo(f"{found.origin}: error {found.code}: {found.message} ({found.key}: left out)", err=True)
    found = resources(mesh.graph, node, given)
    if output is XdsOutput.JSON:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    import yaml  # noqa: PLC0415  commands import what they need

    typer.echo(yaml.safe_dump(found, sort_keys=False))
