"""Workers and brokers are killed while editors edit: nothing that was acknowledged is lost, and all serve the same."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.bench.crashes import crashing
from tests.components.kafka_broker import Kafka, kafka_broker

WORKERS = 100
BROKERS = 50

# Kafka's clients leave the sockets of refused connections to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")


@pytest.mark.component
@pytest.mark.timeout(300)
async def test_a_kill_loses_nothing(kafka: Kafka, tmp_path: Path) -> None:
    """The writer is killed, then the broker: every promise holds, digests agree, and no proxy notices."""
    async with crashing(kafka, tmp_path, f"crash-{secrets.token_hex(4)}.", seed=1) as crashes:
        await crashes.kill_writers(1)
        await crashes.kill_broker(1)


@pytest.mark.soak
async def test_whoever_is_killed_how_often_nothing_is_lost(tmp_path: Path) -> None:
    """The same, a hundred times the writer and fifty times the broker."""
    workers = int(os.environ.get("SOAK_WORKERS", str(WORKERS)))
    brokers = int(os.environ.get("SOAK_BROKERS", str(BROKERS)))
    seed = int(os.environ.get("SOAK_SEED", "1"))
    with kafka_broker(tmp_path) as broker:
        async with crashing(broker, tmp_path, "soak.", seed) as crashes:
            await crashes.kill_writers(workers)
            await crashes.kill_broker(brokers)
