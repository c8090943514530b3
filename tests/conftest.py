"""Profiles of hypothesis, suites whose assertions pytest explains, and a broker for all component tests of a run.

Data come from builders beside the tests.

Tests draw the same examples every time, so that a first run on any machine means what it says;
`HYPOTHESIS_PROFILE=explore` draws new ones, to find more. Neither counts a slow machine as a fault.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.components.kafka_broker import Kafka, kafka_broker

pytest.register_assert_rewrite("tests.sources.contract", "tests.sources.listener")

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One broker with all listeners for the whole run. Each test has topics of its own, and leaves it running."""
    with kafka_broker(tmp_path_factory.mktemp("kafka"), secured=True) as broker:
        yield broker


@pytest.fixture(scope="session")
def older_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Likewise one of the oldest version that is supported."""
    with kafka_broker(tmp_path_factory.mktemp("older-kafka"), "3.9.1", secured=True) as broker:
        yield broker
