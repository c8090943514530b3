"""`galley serve`: the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SettingsOption = Annotated[Path | None, typer.Option("--settings", help="A YAML file with the settings.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting; repeatable.")]
MeshConfigOption = Annotated[Path | None, typer.Option("--mesh-config", help="A MeshConfig document.")]
MeshNetworksOption = Annotated[Path | None, typer.Option("--mesh-networks", help="A MeshNetworks document.")]

FilesOption = Annotated[list[Path] | None, typer.Option("--files", help="A directory of configuration; repeatable.")]
GitOption = Annotated[
    list[str] | None, typer.Option("--git", metavar="URL[#[BRANCH][:PATH]]", help="A git repository; repeatable.")
]
_ROLES = "Only these of ingest, pipeline, xds, mixer, citadel, webhook, archive, with commas between."
_CLUSTER = "[NAME=]KUBECONFIG[#CONTEXT]|in-cluster"
KubernetesOption = Annotated[
    list[str] | None, typer.Option("--kubernetes", metavar=_CLUSTER, help="A Kubernetes cluster; repeatable.")
]


def serve(
    settings: SettingsOption = None,
    files: FilesOption = None,
    git: GitOption = None,
    kubernetes: KubernetesOption = None,
    data: Annotated[Path | None, typer.Option("--data", help="The state directory.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="What drives the pipeline: embedded or kafka.")] = None,
    roles: Annotated[str | None, typer.Option("--roles", help=_ROLES)] = None,
    set_: SetOption = None,
    mesh_config: MeshConfigOption = None,
    mesh_networks: MeshNetworksOption = None,
) -> None:
    """Run the server. With one --files and nothing else it is a whole control plane.

    Example: galley serve --files ./mesh
    """
    import os

    from galley.app.cli.fail import fail
    from galley.app.server import CannotStart, run
    from galley.settings.load import BadSettings, load_settings

    flags: dict[str, object] = {
        "sources.files": tuple(files) if files else None,
        "git.repositories": tuple(git) if git else None,
        "kubernetes.clusters": tuple(kubernetes) if kubernetes else None,
        "data": data,
        "engine": engine,
        "roles": tuple(roles.split(",")) if roles else None,
        "mesh.config": mesh_config,
        "mesh.networks": mesh_networks,
    }
    given = {key: value for key, value in flags.items() if value is not None}
    try:
        run(load_settings(settings, os.environ, set_ or (), given))
    except BadSettings as error:
        fail(str(error), "`galley serve --help` shows the flags, docs/settings.md every setting")
    except CannotStart as error:
        fail(str(error), error.hint, code=1)
