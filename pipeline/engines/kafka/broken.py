"""`broken_is_a_fault`: a connection that breaks is a fault of the brokers, also where aiokafka cancels itself then."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaConnectionError

from galley.kafka.cancelled import is_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def broken_is_a_fault() -> Iterator[None]:
    """Raise `KafkaConnectionError` for a `CancelledError` that nobody asked for: it would end a task in silence."""
    try:
        yield
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise KafkaConnectionError("the connection to the brokers broke") from error
