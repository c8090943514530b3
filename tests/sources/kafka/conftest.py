"""A broker whose clients come by a way that can be cut, for all tests here, since starting one takes seconds."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.components.kafka_broker import Kafka
from tests.components.process import free_port, running
from tests.sources.cutting import Cutting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Reached(NamedTuple):
    """A broker, and a way to it that can be cut: what it tells clients of itself is that way's address."""

    broker: Kafka
    way: Cutting


class _KafkaByAWay(Kafka):
    """A broker with one listener more, whose address, as clients are told it, is another's."""

    def __init__(self, folder: Path, inner: int, way: int) -> None:
        self._further = inner, way
        super().__init__(folder, "4.1.2", {}, secured=False)

    def _addresses(self) -> list[str]:
        inner, way = self._further
        lines = dict(line.split("=", 1) for line in super()._addresses())
        lines["listeners"] += f",WAY://127.0.0.1:{inner}"
        lines["advertised.listeners"] += f",WAY://127.0.0.1:{way}"
        lines["listener.security.protocol.map"] += ",WAY:PLAINTEXT"
        return [f"{name}={value}" for name, value in lines.items()]


@pytest.fixture(scope="session")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """A broker with a way to it."""
    inner = free_port()
    with (
        closing(Cutting(inner)) as way,
        running(lambda fresh: _KafkaByAWay(fresh, inner, way.port), tmp_path_factory.mktemp("way") / "kafka") as broker,
    ):
        yield Reached(broker, way)
