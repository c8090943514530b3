"""The names of fields in documents. Pure."""

from __future__ import annotations


def json_name(name: str) -> str:
    """The protojson name of a proto field: `consecutive_5xx_errors` is `consecutive5xxErrors`.

    Source: https://protobuf.dev/programming-guides/json/ (lowerCamelCase conversion).
    """
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
