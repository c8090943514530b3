"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
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

DEFAULT_SERVER = "http://127.0.0.1:15014"
