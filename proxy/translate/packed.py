"""`packed`: a message as `Any`, the same bytes each time. Pure."""

from __future__ import annotations

from typing import Any

from google.protobuf import any_pb2


def packed(message: Any) -> any_pb2.Any:  # noqa: ANN401  untyped messages
    """Return the message packed with its type."""
    out = any_pb2.Any()
    out.Pack(message, deterministic=True)
    return out
