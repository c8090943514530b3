"""`fail`: how a command ends that cannot do what it was asked."""

from __future__ import annotations

from typing import NoReturn

import typer

from galley.app.cli.visible import visible

USAGE = 2


def say(error: Exception) -> str:
    """Return an error as a sentence: `mesh/a.yaml: no such file or directory` for one of the operating system."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}"
    return str(error)


def fail(message: str, hint: str = "", code: int = USAGE) -> NoReturn:
    """End the command: the message, and the hint under it, on standard error."""
    typer.secho(f"error: {_lines(message)}", fg="red", err=True)
    if hint:
        typer.echo(f"  {_lines(hint)}", err=True)
    raise typer.Exit(code)


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))
