"""Brokers that cannot be asked: said within bounded time, each with its reason."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from galley.kafka.ensure import check_topics, ensure_topics
from galley.kafka.faults import AccessUnusable, BrokersUnreachable
from galley.kafka.reach import reach
from galley.kafka.wanted import engine_topics
from galley.settings.kafka import KafkaSettings
from tests.components.process import free_port

TOPICS = engine_topics("galley.")


@contextmanager
def silent() -> Iterator[str]:
    """Run what takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_every_broker_has_its_reason() -> None:
    """The message has them all, and so has the error by address."""
    refusing = f"127.0.0.1:{free_port()}"
    with silent() as silence, pytest.raises(BrokersUnreachable) as caught:
        ensure_topics(KafkaSettings(bootstrap=(refusing, silence, "nobody.invalid:9092")), TOPICS, patience=0.5)
    reasons = caught.value.reasons
    assert reasons[refusing] == "Connection refused"
    assert reasons[silence] == "no answer within 0.5 seconds"
    assert reasons["nobody.invalid:9092"] not in {"", reasons[silence]}
    assert all(f"{broker}: {reason}" in str(caught.value) for broker, reason in reasons.items())


async def test_what_is_no_name_of_a_host_is_a_reason() -> None:
    """A broker's name that no resolver would be asked for."""
    with pytest.raises(BrokersUnreachable, match=r"kafka\.\.svc is no name of a host"):
        await reach(KafkaSettings(bootstrap=("kafka..svc:9092",)), patience=0.5)


@pytest.mark.parametrize("tls", [None, {}])
async def test_asking_ends(tls: dict[str, str] | None) -> None:
    """Though a broker says nothing at all, during a handshake of TLS too."""
    with silent() as silence:
        settings = KafkaSettings.model_validate({"bootstrap": (silence,), "tls": tls})
        begun = time.monotonic()
        with pytest.raises(BrokersUnreachable, match=r"no answer within 0\.2 seconds"):
            await reach(settings, patience=0.2)
        # Far below any of the libraries' own limits, which are 10 seconds and more.
        assert time.monotonic() - begun < 8


def test_what_fails_leaves_no_thread_behind() -> None:
    """However often it is tried."""
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(BrokersUnreachable):
            check_topics(KafkaSettings(bootstrap=(f"127.0.0.1:{free_port()}",)), TOPICS)
    assert threading.active_count() == before


def test_an_unusable_file_is_no_unreachable_broker(tmp_path: Path) -> None:
    """Waiting does not help it."""
    settings = KafkaSettings.model_validate({"bootstrap": ("127.0.0.1:1",), "tls": {"ca": tmp_path / "none"}})
    with pytest.raises(AccessUnusable, match=r"kafka\.tls\.ca"):
        ensure_topics(settings, TOPICS)
