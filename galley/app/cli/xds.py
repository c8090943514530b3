"""`galley xds`: what a proxy would be sent, offline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from galley.app.cli.options import SchemasOption, metadata_of
from galley.app.cli.serve import MeshConfigOption, MeshNetworksOption, SetOption, SettingsOption


class XdsOutput(StrEnum):
    """How resources are printed."""

    JSON = "json"
    YAML = "yaml"


def xds(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, directories, or - .")],
    node: Annotated[str, typer.Option(help="The node's id: TYPE~IP~NAME.NAMESPACE~DOMAIN, or any other.")],
    metadata: Annotated[str, typer.Option(help="The node's metadata in JSON.")] = "",
    output: Annotated[XdsOutput, typer.Option("--output", "-o", help="How to print.")] = XdsOutput.JSON,
    mesh_config: MeshConfigOption = None,
    mesh_networks: MeshNetworksOption = None,
    schemas: SchemasOption = None,
    settings: SettingsOption = None,
    set_: SetOption = None,
) -> None:
    """Print what a proxy would be sent for this configuration. Needs no server.

    What is invalid is left out, and said on standard error.
    Example: galley xds mesh/ --node 'sidecar~10.0.0.1~web.default~default.svc.cluster.local'
    """
    import os
    import sys

    from galley.app.cli.fail import fail, say
    from galley.app.cli.printing import print_json, tell
    from galley.app.cli.progress import progress
    from galley.app.offline.mesh import load
    from galley.app.offline.settings import Unreadable, given_of, mesh_changes, registry_of
    from galley.app.offline.xds import resources

    given = metadata_of(metadata)
    text = sys.stdin.buffer.read() if "-" in paths else b""
    with progress() as step:
        try:
            obeyed = given_of(settings, set_ or (), os.environ)
            extra, registry = mesh_changes(mesh_config, mesh_networks), registry_of(schemas or ())
            mesh = load(paths, extra, registry, text, obeyed.inputs, lowered=obeyed.lowered, say=step)
        except (OSError, Unreadable) as error:
            fail(say(error))
    if mesh.unparsed and not mesh.state.claims:
        for fault in mesh.unparsed:
            tell(f"{fault.origin}: error {fault.code}: {fault.message}", err=True)
        raise typer.Exit(2)
    for wrong in mesh.errors():
        left_out = wrong.key or ("the whole file" if wrong in mesh.unparsed else "the document")
        tell(f"{wrong.origin}: error {wrong.code}: {wrong.message} ({left_out}: left out)", err=True)
    found = resources(mesh.graph, node, given)
    if output is XdsOutput.JSON:
        print_json(found)
        return
    import yaml

    typer.echo(yaml.safe_dump(found, sort_keys=False))
