"""A topic of a real broker keeps the contract of every source, read either way."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract
from tests.sources.kafka.world import KafkaWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.kafka.conftest import Reached

pytestmark = pytest.mark.component


class TestReplay(SourceContract):
    """The whole topic at each start."""

    @pytest.fixture
    def world(self, reached: Reached) -> Iterator[KafkaWorld]:
        """An empty topic, and a way to it that can be cut."""
        with closing(KafkaWorld(reached.broker, reached.way)) as world:
            yield world
            world.find()


class TestGroup(SourceContract):
    """From where the consumer group left off."""

    @pytest.fixture
    def world(self, reached: Reached) -> Iterator[KafkaWorld]:
        """An empty topic, and a way to it that can be cut."""
        with closing(KafkaWorld(reached.broker, reached.way, read="group")) as world:
            yield world
            world.find()
