"""The Kafka engine and the embedded one make the same of the same batches, byte for byte."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import pytest

from pipeline.engines.embedded import EmbeddedSettings
from pipeline.log.sqlite import SqliteLog
from pipeline.model.change import Faulted, Pinned, Released
from pipeline.model.codec import encode
from tests.pipeline.builders import batch, delete, key, origin, policy, synced, thing, upsert
from tests.pipeline.kafka.engines import prefix_of, running, settings_of
from tests.pipeline.test_embedded import started

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.change import Change
    from pipeline.model.snapshot import Snapshot
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(180)]

CHANGES: Final = 10_000
RULES: Final = policy(guard_count=20)


def change(rng: random.Random) -> Change:
    """Return something that somebody might say."""
    name = f"object-{rng.randrange(300)}"
    at = origin(f"{rng.randrange(6)}.yaml", rng.randrange(1, 40), rng.choice(("files", "git")))
    match rng.randrange(20):
        case 0 | 1 | 2 | 3:
            return delete(name, at=at)
        case 4:
            return Pinned(
                key=key(name), resource=thing(name, rng.randrange(9)), against=thing(name, 1).digest, revision=1
            )
        case 5:
            return Released(key=key(name))
        case 6:
            return Faulted(origin=at, diagnostics=(), held=None)
        case 7:
            return synced(at.source)
        case _:
            return upsert(name, rng.choice((*range(8), "bad")), at=at)


def content(snapshot: Snapshot | None) -> list[bytes]:
    """Return all that a snapshot says."""
    if snapshot is None:
        return []
    resources = sorted(snapshot.resources.items())
    return [encode(snapshot.revision), *(encode(resource) for _, resource in resources)]


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
async def test_both_engines_make_the_same_of_the_same(tmp_path: Path, kafka: Kafka, store: str) -> None:
    """After every batch: the same receipt, revision, digest and snapshot; and in the end, the same state."""
    rng = random.Random(store)
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path), store=store)
    log = SqliteLog(tmp_path / "embedded.db")
    ahead = EmbeddedSettings(most_wait=0.0)
    async with started(log, rules=RULES, settings=ahead) as embedded, running(settings, tmp_path, rules=RULES) as other:
        left = CHANGES
        while left:
            size = min(left, rng.choice((1, 1, 2, 5, 20, 100)))
            left -= size
            said = batch(*(change(rng) for _ in range(size)), at=float(left), trace=str(left), whole=True)
            assert await embedded.submit(said) == await other.submit(said)
            assert content(embedded.snapshot) == content(other.snapshot)
            assert embedded.state.hold == other.state.hold
        assert embedded.state == other.state
        assert other.snapshot is not None
        assert other.snapshot.revision.number > 100
    log.close()
    async with running(settings, tmp_path / "joiner", pipeline=False) as joiner:
        assert content(joiner.snapshot) == content(embedded.snapshot)
        assert joiner.state == embedded.state
