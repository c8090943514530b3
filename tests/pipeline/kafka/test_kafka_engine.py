"""The Kafka engine keeps every engine's contract, on a real broker."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.pipeline.engine_contract import ALL, EngineContract
from tests.pipeline.kafka.engines import prefix_of, running, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pipeline.engines.contract import Engine, Sink
    from pipeline.stages.policy import Policy
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(180)]


class TestKafkaEngine(EngineContract):
    """The contract; each folder is a mesh of its own."""

    @pytest.fixture(autouse=True)
    def _broker(self, kafka: Kafka) -> None:
        self.bootstrap = kafka.bootstrap

    @asynccontextmanager
    async def running(self, folder: Path, *sinks: Sink, rules: Policy = ALL) -> AsyncIterator[Engine]:
        """Run on the folder's mesh."""
        settings = settings_of(self.bootstrap, prefix_of(folder))
        async with running(settings, folder, *sinks, rules=rules) as engine:
            yield engine
