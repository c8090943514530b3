"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Output(StrEnum):
    """How data is printed."""

    TEXT = "text"
    JSON = "json"


ServerOption = Annotated[
    str, typer.Option("--server", envvar="GALLEY_SERVER", help="The server's administration address.")
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]

METADATA_EXAMPLE = 'such as --metadata \'{"LABELS": {"app": "web"}}\''


def metadata_of(text: str) -> dict[str, object]:
    """Return a node's metadata from its JSON; end the command where it is no object."""
    import orjson

    from galley.app.cli.fail import fail

    try:
        given = orjson.loads(text) if text else {}
    except ValueError as error:
        fail(f"--metadata is no JSON: {error}", METADATA_EXAMPLE)
    if not isinstance(given, dict):
        fail("--metadata must be a JSON object", METADATA_EXAMPLE)
    return given


SchemasOption = Annotated[
    list[Path] | None, typer.Option("--schemas", help="A folder with schemas of your own kinds; repeatable.")
]

DEFAULT_SERVER = "http://127.0.0.1:15014"
