"""Every component comes up, does what it is for, and can be restarted."""

from __future__ import annotations

import subprocess
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from tests.components.building import program
from tests.components.consul_agent import consul
from tests.components.kafka_broker import Kafka, kafka_broker
from tests.components.kube_api import kube
from tests.components.nomad_agent import nomad

pytestmark = pytest.mark.component


def test_kubernetes_keeps_objects_over_a_restart(tmp_path: Path) -> None:
    """The store outlives the API server."""
    with kube(tmp_path) as server, server.client() as client:
        made = client.post("/api/v1/namespaces", json={"metadata": {"name": "shop"}})
        assert made.status_code == httpx.codes.CREATED
        server.stop_server()
        server.start_server()
        assert client.get("/api/v1/namespaces/shop").status_code == httpx.codes.OK


def test_consul_has_a_catalogue(tmp_path: Path) -> None:
    """What is registered is listed, and a restart forgets it."""
    with consul(tmp_path) as agent:
        agent.put("/v1/agent/service/register", {"Name": "reviews", "Port": 9080})
        assert "reviews" in httpx.get(f"{agent.url}/v1/catalog/services", trust_env=False).json()
        agent.stop()
        agent.start()
        assert "reviews" not in httpx.get(f"{agent.url}/v1/catalog/services", trust_env=False).json()


def test_nomad_has_a_ready_node(tmp_path: Path) -> None:
    """It can be restarted too."""
    with nomad(tmp_path) as agent:
        agent.stop()
        agent.start()
        assert [node["Status"] for node in agent.call("GET", "/v1/nodes")] == ["ready"]


def test_helm_and_kubeconform_run() -> None:
    """Charts can be linted and rendered, and what they render be held against schemas."""
    for name, argument in (("helm", "version"), ("kubeconform", "-v")):
        assert subprocess.run([program("helm", name), argument], check=True, capture_output=True).stdout


def test_kafka_keeps_records_over_a_crash(tmp_path: Path) -> None:
    """What was acknowledged is there, at the address that it had."""
    with kafka_broker(tmp_path) as broker:
        assert _written(broker, b"one") == [b"one"]
        broker.kill()
        broker.start()
        assert _written(broker, b"two") == [b"one", b"two"]


def _written(broker: Kafka, value: bytes) -> list[bytes | None]:
    """Write a record, and return all that are there then."""
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin, suppress(TopicAlreadyExistsError):
        admin.create_topics([NewTopic("letters", num_partitions=1, replication_factor=1)])
    with closing(KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")) as producer:
        offset = producer.send("letters", value).get(30).offset
    consumer = KafkaConsumer("letters", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    with closing(consumer):
        return [record.value for _, record in zip(range(offset + 1), consumer, strict=False)]
