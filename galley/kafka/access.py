"""How brokers are reached, as each client library wants to be told. Files are read when a function is called.

So a password or certificate that was replaced counts from the next call on. Passwords show themselves to nobody.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from galley.kafka.faults import AccessUnusable
from galley.kafka.quiet import quiet_libraries
from galley.kafka.wanted import MAX_MESSAGE_BYTES
from galley.settings.kafka import KafkaSasl, KafkaSettings, KafkaTls

T = TypeVar("T")

_LONGEST_PASSWORD: Final = 4096

WRITING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "gzip",
        "max_request_size": MAX_MESSAGE_BYTES,
    }
)
"""How a producer writes what must not be lost: `AIOKafkaProducer(**producer_options(settings), **WRITING)`."""


class Password(str):
    """A password, which a log of a client's configuration shows as `***`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide it."""
        return "'***'"


class _Access(NamedTuple):
    protocol: str
    context: ssl.SSLContext | None
    sasl: KafkaSasl | None
    password: Password | None


class MakesCredentials(Protocol):
    """`faust.SASLCredentials`."""

    def __call__(
        self, *, username: str | None, password: str | None, ssl_context: ssl.SSLContext | None, mechanism: str | None
    ) -> object:
        """Return credentials."""


def consumer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what a consumer of aiokafka is told; raise AccessUnusable where a file cannot be used."""
    return _options(settings)


def producer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what a producer of aiokafka is told, beside `WRITING`; raise AccessUnusable."""
    return _options(settings)


def admin_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what a client of kafka-python is told: administration, consumer or producer; raise AccessUnusable."""
    return _options(settings)


def faust_options(settings: KafkaSettings, sasl_credentials: MakesCredentials) -> dict[str, Any]:
    """Return what Faust's `App` is told; raise AccessUnusable.

    `sasl_credentials` is `faust.SASLCredentials`, handed over since only the engine loads Faust.
    """
    access = _access(settings)
    options: dict[str, Any] = {"broker": [f"kafka://{broker}" for broker in settings.bootstrap]}
    if access.sasl is not None:
        options["broker_credentials"] = sasl_credentials(
            username=access.sasl.username,
            password=access.password,
            ssl_context=access.context,
            mechanism=access.sasl.mechanism,
        )
    elif access.context is not None:
        options["broker_credentials"] = access.context
    return options


def _options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what aiokafka and kafka-python call by the same names."""
    access = _access(settings)
    options: dict[str, Any] = {"bootstrap_servers": list(settings.bootstrap), "security_protocol": access.protocol}
    if access.context is not None:
        options["ssl_context"] = access.context
    if access.sasl is not None:
        options |= {
            "sasl_mechanism": access.sasl.mechanism,
            "sasl_plain_username": access.sasl.username,
            "sasl_plain_password": access.password,
        }
    return options


def _access(settings: KafkaSettings) -> _Access:
    """Read the files; whoever asks is about to make a client, which from here on keeps its own log to itself."""
    quiet_libraries()
    return _Access(
        protocol=("" if settings.sasl is None else "SASL_") + ("PLAINTEXT" if settings.tls is None else "SSL"),
        context=None if settings.tls is None else _context(settings.tls),
        sasl=settings.sasl,
        password=None if settings.sasl is None else _password(settings.sasl.password_file),
    )


def _context(tls: KafkaTls) -> ssl.SSLContext:
    ca = tls.ca and tls.ca.expanduser()
    context = _read("kafka.tls.ca", ca, lambda: ssl.create_default_context(cafile=ca))
    if tls.certificate is not None and tls.key is not None:
        pair = tls.certificate.expanduser(), tls.key.expanduser()
        files = f"{tls.certificate} with {tls.key}"
        # A key with a passphrase would make OpenSSL ask on the terminal.
        _read("kafka.tls.certificate", files, lambda: context.load_cert_chain(*pair, password=""))
    return context


def _password(file: Path) -> Password:
    text = _read("kafka.sasl.password_file", file, lambda: file.expanduser().read_text("utf-8"))
    first = text[:_LONGEST_PASSWORD].partition("\n")[0].rstrip("\r")
    if not first:
        raise AccessUnusable(f"kafka.sasl.password_file: the first line of {file} is empty")
    return Password(first)


def _read(setting: str, file: Path | str | None, use: Callable[[], T]) -> T:
    """Use a file; where that fails, say which setting names it, and nothing of what is in it."""
    try:
        return use()
    except ssl.SSLError as error:
        raise AccessUnusable(f"{setting}: {file} is no PEM file of use here: {error.reason or error}") from None
    except UnicodeDecodeError:
        raise AccessUnusable(f"{setting}: {file} is no text in UTF-8") from None
    except OSError as error:
        raise AccessUnusable(f"{setting}: {file} cannot be read: {error.strerror or error}") from None
