"""`galley schema`: what each kind looks like, as JSON Schema or as a CRD."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from galley.app.cli.options import SchemasOption


class SchemaFormat(StrEnum):
    """How a schema is printed."""

    JSON_SCHEMA = "json-schema"
    CRD = "crd"


def schema(
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="A kind; all if not said.")] = "",
    format_: Annotated[SchemaFormat, typer.Option("--format", help="What to print.")] = SchemaFormat.JSON_SCHEMA,
    schemas: SchemasOption = None,
) -> None:
    """Print the schema of a kind, or of all.

    Example: galley schema --format crd | kubectl apply -f -
    """
    from galley.app.cli.fail import fail
    from galley.app.offline.settings import Unreadable, registry_of
    from galley.app.schema_text import UnknownKind, schema_text

    try:
        typer.echo(schema_text(kind, registry_of(schemas or ()), crd=format_ is SchemaFormat.CRD))
    except UnknownKind as error:
        fail(str(error), error.hint)
    except Unreadable as error:
        fail(str(error))
