"""The program `galley`: its commands, in the order of its help."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from galley import __version__
from galley.app.cli import hook, token, webhook
from galley.app.cli.demo import demo
from galley.app.cli.doctor import doctor
from galley.app.cli.envoy import envoy
from galley.app.cli.events import events
from galley.app.cli.explain import explain
from galley.app.cli.history import confirm, diff, log, rollback, show
from galley.app.cli.proxies import proxies, proxy
from galley.app.cli.schema import schema
from galley.app.cli.serve import serve
from galley.app.cli.sources import sources
from galley.app.cli.status import status, wait
from galley.app.cli.validate import validate
from galley.app.cli.xds import xds

app = typer.Typer(
    name="galley",
    help="Istio's configuration, validated, versioned and live on every Envoy: and told where it is not, and why.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    """Print the version, and end."""
    if value:
        typer.echo(f"galley {__version__}")
        raise typer.Exit


for command in (
    serve,
    demo,
    validate,
    xds,
    status,
    wait,
    proxies,
    proxy,
    log,
    show,
    diff,
    rollback,
    confirm,
    sources,
    events,
    explain,
    schema,
    envoy,
    doctor,
):
    app.command()(command)
app.add_typer(token.app, name="token")
app.add_typer(hook.app, name="hook")
app.add_typer(webhook.app, name="webhook")


@app.callback()
def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
    del version


def main() -> None:
    """Run the command line; a pipe closed by its reader is no error."""
    try:
        app(prog_name="galley")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
