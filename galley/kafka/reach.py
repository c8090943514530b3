"""`reach`: whether brokers answer us, and in words what keeps each from it; TLS and passwords are tried too."""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from galley.kafka.access import consumer_options
from galley.kafka.faults import BrokersUnreachable
from galley.settings.kafka import KafkaSettings

PATIENCE: Final = 8.0
"""Seconds within which a broker must have answered."""

_GOODBYE: Final = 0.2


async def reach(settings: KafkaSettings, patience: float = PATIENCE) -> dict[str, str]:
    """Ask each broker of `bootstrap`; return the reasons of those that did not answer, by `HOST:PORT`.

    All are asked at once, so it takes `patience` seconds at most. Raise BrokersUnreachable where none answers, and
    AccessUnusable where a file of the settings cannot be used.
    """
    options = consumer_options(settings)
    del options["bootstrap_servers"]
    brokers = dict.fromkeys(settings.bootstrap)
    async with asyncio.TaskGroup() as group:
        asked = {one: group.create_task(_ask(one, options, settings, patience)) for one in brokers}
    reasons = {broker: reason for broker, task in asked.items() if (reason := task.result())}
    if len(reasons) == len(brokers):
        raise BrokersUnreachable(reasons)
    return reasons


async def _ask(broker: str, options: dict[str, Any], settings: KafkaSettings, patience: float) -> str:
    """Ask one broker; return what keeps it from an answer, empty where nothing does."""
    host, _, port = broker.rpartition(":")
    connection = AIOKafkaConnection(
        host.strip("[]"), int(port), client_id="galley", request_timeout_ms=int(patience * 1000), **options
    )
    try:
        async with asyncio.timeout(patience):
            await connection.connect()
            # A broker that wants to know who we are answers nothing else before.
            await connection.send(MetadataRequest([], allow_auto_topic_creation=False))
    except TimeoutError:
        return f"no answer within {patience:g} seconds"
    except UnicodeError:
        return f"{host} is no name of a host (kafka.bootstrap)"
    except (KafkaError, OSError) as error:
        return _in_words(error, settings)
    finally:
        await _end(connection)
    return ""


async def _end(connection: AIOKafkaConnection) -> None:
    """Close a connection, and leave it a moment for the goodbyes of TLS."""
    closed = connection.close()
    if closed is not None:
        await asyncio.wait({closed}, timeout=_GOODBYE)


def _in_words(error: BaseException, settings: KafkaSettings) -> str:
    cause = error.__cause__ if isinstance(error, KafkaConnectionError) and error.__cause__ else error
    match cause:
        case SaslAuthenticationFailed() if settings.sasl:
            return f"it refuses the user {settings.sasl.username} by {settings.sasl.mechanism} (kafka.sasl)"
        case UnsupportedSaslMechanismError() if settings.sasl:
            return f"it does not know the mechanism {settings.sasl.mechanism} (kafka.sasl.mechanism)"
        case IllegalSaslStateError():
            return "it asks nobody who he is: leave out kafka.sasl, or name the listener that does"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message} (kafka.tls.ca)"
        case ssl.SSLError():
            return f"TLS fails: {cause.reason or cause}; does this port speak it, and want a certificate (kafka.tls)?"
        case KafkaConnectionError() | EOFError() | ConnectionResetError() | BrokenPipeError():
            return f"it closes the connection{_doubts(settings)}"
        case OSError():
            known = cause.errno is not None and cause.errno > 0
            return os.strerror(cause.errno or 0) if known else cause.strerror or str(cause)
        case _:
            return f"{type(cause).__name__}: {cause}"


def _doubts(settings: KafkaSettings) -> str:
    """Return what a closed connection makes one ask of these settings."""
    doubts = ["does it want TLS (kafka.tls)" if settings.tls is None else "does it speak TLS (kafka.tls)"]
    if settings.sasl is None:
        doubts.append("does it want a user (kafka.sasl)")
    return f": {', or '.join(doubts)}?"
