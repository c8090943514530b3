"""The program `galley`: its commands, in the order of its help."""

from __future__ import annotations

import sys

import typer

from galley.app.cli import (
    demo,
    doctor,
    envoy,
    explain,
    history,
    proxies,
    schema,
    serve,
    sources,
    status,
    token,
    validate,
    xds,
)

app = typer.Typer(
    name="galley",
    help="Istio's configuration, validated, versioned and live on every Envoy: and told where it is not, and why.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    serve.serve,
    demo.demo,
    validate.validate,
    xds.xds,
    status.status,
    status.wait,
    proxies.proxies,
    proxies.proxy,
    history.log,
    history.show,
    history.diff,
    history.rollback,
    history.confirm,
    sources.sources,
    explain.explain,
    schema.schema,
    envoy.envoy,
    doctor.doctor,
):
    app.command()(command)
app.add_typer(token.app, name="token")


def main() -> None:
    """Run the command line; a pipe closed by its reader is no error."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
