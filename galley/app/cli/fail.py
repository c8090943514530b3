"""`fail`: how a command ends that cannot do what it was asked."""

from __future__ import annotations

from typing import NoReturn

import typer

USAGE = 2


def say(error: Exception) -> str:
    """Return an error as a sentence: `mesh/a.yaml: no such file or directory` for one of the operating system."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}"
    return str(error)


def fail(message: str, hint: str = "", code: int = USAGE) -> NoReturn:
    """End the command: the message, and the hint under it, on standard error."""
    typer.secho(f"error: {message}", fg="red", err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
    raise typer.Exit(code)
