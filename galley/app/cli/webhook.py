"""`galley webhook`: the object that has a cluster ask us before it stores anything of ours."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="The object that has a cluster ask before it stores our kinds.", no_args_is_help=True)

_NAME = "galley-validation"
NameOption = Annotated[str, typer.Option("--name", help="Its name, the setting webhook.configuration.")]


@app.callback()
def webhook() -> None:
    """The object that has a cluster ask before it stores our kinds."""


@app.command()
def manifest(
    service: Annotated[str, typer.Option(help="The Service that leads to us, NAMESPACE/NAME[:PORT].")] = "",
    url: Annotated[str, typer.Option(help="Our URL, where the API server is outside of the cluster's network.")] = "",
    name: NameOption = _NAME,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A namespace to leave out, instead of the usual ones; repeatable.")
    ] = None,
) -> None:
    """Print the ValidatingWebhookConfiguration to apply. It refuses nothing until a running server has proved it.

    Example: galley webhook manifest --service galley-system/galley | kubectl apply -f -
    """
    import yaml

    from galley.app.cli.fail import fail
    from galley.app.webhook.configuration import Target, configuration
    from galley.settings.load import BadSettings, load_settings
    from schemas.registry import DEFAULT_REGISTRY

    if bool(service) == bool(url):
        fail("say how the API server finds us", "--service NAMESPACE/NAME, or --url https://HOST:15017")
    given: dict[str, object] = {"webhook.service": service, "webhook.url": url}
    if exclude is not None:
        given["webhook.excluded_namespaces"] = tuple(exclude)
    try:
        excluded = load_settings(None, {}, (), given).webhook.excluded_namespaces
    except BadSettings as error:
        fail(str(error), "docs/webhook.md has the settings")
    found = configuration(name, Target(service=service, url=url), DEFAULT_REGISTRY, excluded)
    typer.echo(yaml.safe_dump(found, sort_keys=False), nl=False)


@app.command()
def uninstall(
    kubernetes: Annotated[
        str, typer.Option("--kubernetes", metavar="KUBECONFIG|in-cluster", help="The cluster: KUBECONFIG[#CONTEXT].")
    ],
    name: NameOption = _NAME,
) -> None:
    """Remove the object from a cluster, which then asks nobody. Stop the server first, or unset webhook.service.

    Example: galley webhook uninstall --kubernetes ~/.kube/config
    """
    import asyncio

    from galley.app.cli.fail import fail
    from galley.app.webhook.uninstall import remove
    from galley.settings.kubernetes import KubernetesSettings
    from galley.sources.kubernetes.failure import Refusal, Unreachable

    (place,) = KubernetesSettings(clusters=(kubernetes,)).places()
    try:
        removed = asyncio.run(remove(place, name))
    except Unreachable as error:
        fail(str(error), f"`kubectl get --raw /readyz` with {place.kubeconfig} must work")
    except Refusal as error:
        fail(str(error), "the kubeconfig must allow to delete validatingwebhookconfigurations")
    typer.echo(f"{name} is removed" if removed else f"there is no {name}")
    if removed:
        typer.echo("a server that runs with webhook.service or webhook.url makes it again: stop it first")
