"""`administration`: kafka-python's client for looking at topics and making them, closed in the end; it blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from galley.kafka.access import admin_options
from galley.kafka.faults import BrokersUnreachable
from galley.kafka.reach import PATIENCE, reach
from galley.settings.kafka import KafkaSettings

_REQUEST: Final = 15_000
"""Milliseconds that a request may take; a topic is made within a few hundred."""


@contextmanager
def administration(settings: KafkaSettings, patience: float = PATIENCE) -> Iterator[KafkaAdminClient]:
    """Connect, within twice `patience` seconds; raise BrokersUnreachable with a reason for each broker, AccessUnusable.

    What the block raises of kafka-python, but for what it handles itself, is BrokersUnreachable too: they answered
    at first, and then did not. No event loop may run in this thread.
    """
    # The library tries again and again, and tells nobody why it cannot.
    reasons = asyncio.run(reach(settings, patience))
    made: list[KafkaNetClient] = []

    def make(**configuration: Any) -> KafkaNetClient:  # noqa: ANN401  the library's own
        made.append(KafkaNetClient(**configuration))
        return made[-1]

    options = admin_options(settings)
    options["bootstrap_servers"] = [broker for broker in settings.bootstrap if broker not in reasons]
    try:
        yield KafkaAdminClient(
            **options,
            client_id="galley",
            kafka_client=make,
            bootstrap_timeout_ms=int(patience * 1000),
            request_timeout_ms=_REQUEST,
        )
    except KafkaError as error:
        raise BrokersUnreachable({broker: _in_words(error) for broker in options["bootstrap_servers"]}) from error
    finally:
        # A client whose making fails leaves its thread behind.
        for client in made:
            client.close()
            client._manager._net.close()  # noqa: SLF001  nothing else ends it


def _in_words(error: KafkaError) -> str:
    return f"it answered, and then: {type(error).__name__}; are the addresses that it advertises in reach?"
