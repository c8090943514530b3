"""Rights at a broker of the tests: `give` them to a user, for all whose names have a beginning."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Final

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

from tests.components.kafka_broker import Kafka

TOPIC_RIGHTS: Final = (
    ACLOperation.CREATE,
    ACLOperation.DESCRIBE,
    ACLOperation.DESCRIBE_CONFIGS,
    ACLOperation.READ,
    ACLOperation.WRITE,
)
GROUP_RIGHTS: Final = (ACLOperation.READ,)
"""What docs/settings.md says."""


def give(broker: Kafka, name: str, prefix: str, kind: ResourceType, rights: Sequence[ACLOperation]) -> None:
    """Give a user rights on all whose names begin so; who has no rights there may do nothing from then on."""
    pattern = ResourcePattern(kind, prefix, ACLResourcePatternType.PREFIXED)
    rules = [ACL(f"User:{name}", "*", right, ACLPermissionType.ALLOW, pattern) for right in rights]
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        assert not admin.create_acls(rules)["failed"]
