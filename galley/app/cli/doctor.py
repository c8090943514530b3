"""`galley doctor`: checks an installation, and says what to do."""

from __future__ import annotations

import typer

from galley.app.cli.options import DEFAULT_SERVER, Output, OutputOption, ServerOption


def doctor(server: ServerOption = DEFAULT_SERVER, output: OutputOption = Output.TEXT) -> None:
    """Check this installation and the server; say what to do about what is wrong.

    Exit code 1: something is wrong. Example: galley doctor
    """
    from galley.app.checkup import checkup
    from galley.app.cli.printing import print_json

    results = list(checkup(server))
    if output is Output.JSON:
        print_json([result.as_dict() for result in results])
    else:
        for result in results:
            mark, colour = ("ok  ", "green") if result.good else ("FAIL", "red")
            typer.secho(mark, fg=colour, nl=False)
            typer.echo(f"  {result.what}: {result.seen}")
            if result.remedy:
                typer.echo(f"        {result.remedy}")
    raise typer.Exit(0 if all(result.good for result in results) else 1)
