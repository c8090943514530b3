"""What every engine promises, as tests that each engine's own test class inherits."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.model.change import Confirmed, Pinned
from pipeline.model.revision import mesh_digest
from pipeline.stages.state import State
from tests.pipeline.builders import batch, delete, key, origin, policy, synced, thing, upsert
from tests.pipeline.meshes import content, good_and_bad, histories, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from pipeline.derive import View
    from pipeline.engines.contract import Engine, Sink
    from pipeline.model.change import Change
    from pipeline.model.key import Key
    from pipeline.model.snapshot import Snapshot
    from pipeline.stages.policy import Policy

ALL = policy(guard_count=1_000)


class Collector:
    """A sink that keeps what it was given, and holds each snapshot to what every sink may rely on."""

    def __init__(self, name: str = "collector") -> None:
        self.name = name
        self.snapshots: list[Snapshot] = []
        self.settled: list[tuple[Any, Any]] = []
        self.came = asyncio.Event()

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Keep the snapshot."""
        assert snapshot.revision.digest == mesh_digest(snapshot.resources.values())
        if self.snapshots:
            assert snapshot.revision.number >= self.snapshots[-1].revision.number
        self.snapshots.append(snapshot)
        self.settled += settled
        self.came.set()

    @property
    def numbers(self) -> list[int]:
        """The revisions that were published, in order."""
        return [snapshot.revision.number for snapshot in self.snapshots]


class Failing(Collector):
    """A sink that cannot take anything."""

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Fail."""
        super().publish(snapshot, settled)
        msg = "no"
        raise RuntimeError(msg)


def value_of(view: View, name: Key) -> bytes | None:
    """Return an object's content: a rule."""
    resource = view.get(name)
    return resource.spec if resource else None


class EngineContract(ABC):
    """Inherit, and say how to run the engine on what a folder keeps; run again there, it goes on."""

    @abstractmethod
    def running(self, folder: Path, *sinks: Sink, rules: Policy = ALL) -> AbstractAsyncContextManager[Engine]:
        """Run the engine with sinks that are attached before it opens; it accepts changes when this yields."""

    async def test_a_receipt_means_durable_and_published(self, tmp_path: Path) -> None:
        """When `submit` returns, sinks and graph have the revision, and a restart has it again, before any source."""
        sink = Collector()
        async with self.running(tmp_path, sink) as engine:
            first = await engine.submit(batch(upsert("a"), upsert("b")))
            assert (first.revision, sink.numbers[-1]) == (1, 1)
            second = await engine.submit(batch(upsert("a", 2), delete("b")))
            assert second.sequence > first.sequence
            assert (second.revision, sink.numbers[-1]) == (2, 2)
            assert engine.graph.get(key("a")) == thing("a", 2)
            assert engine.graph.get(key("b")) is None
            assert engine.snapshot == sink.snapshots[-1]
        again = Collector()
        async with self.running(tmp_path, again) as engine:
            assert again.snapshots == [sink.snapshots[-1]]
            assert engine.snapshot == sink.snapshots[-1]
            assert engine.graph.get(key("a")) == thing("a", 2)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
    @given(histories(good_and_bad), st.sets(st.integers(0, 12)))
    def test_an_engine_makes_the_revisions_of_the_stages(
        self, tmp_path_factory: pytest.TempPathFactory, batches: list[list[Change]], restarts: set[int]
    ) -> None:
        """Whatever is submitted, one after the other, and however often it restarts: the stages' own revisions."""
        folder = tmp_path_factory.mktemp("engine")

        async def drive() -> State:
            left = list(enumerate(batches))
            while True:
                async with self.running(folder) as engine:
                    while left and left[0][0] not in restarts:
                        await engine.submit(batch(*left.pop(0)[1], at=1.0, whole=True))
                    if not left:
                        return engine.state
                    restarts.discard(left[0][0])

        engines, (state, _) = asyncio.run(drive()), run(batches)
        assert content(engines) == content(state)
        assert engines.claims == state.claims
        if engines.revision is None:
            assert not batches
        else:
            assert state.revision is not None
            assert (engines.revision.number, engines.revision.digest) == (state.revision.number, state.revision.digest)

    async def test_what_is_submitted_at_once_takes_effect_in_order(self, tmp_path: Path) -> None:
        """Batches that pile up keep their order, and every one of them is answered."""
        async with self.running(tmp_path) as engine:
            receipts = await asyncio.gather(*(engine.submit(batch(upsert("a", value))) for value in range(100)))
            assert engine.state.mesh[key("a")] == thing("a", 99)
            sequences = [receipt.sequence for receipt in receipts]
            assert sequences == sorted(sequences)

    async def test_a_whole_batch_is_a_revision_of_its_own(self, tmp_path: Path) -> None:
        """However many are submitted at once, each batch that says so is one revision."""
        async with self.running(tmp_path) as engine:
            receipts = await asyncio.gather(
                *(engine.submit(batch(upsert("a", value), whole=True)) for value in range(10))
            )
            assert [receipt.revision for receipt in receipts] == list(range(1, 11))

    async def test_observed_results_are_told_with_the_snapshot(self, tmp_path: Path) -> None:
        """A sink hears which results of the graph changed with a revision, and of no others."""
        sink = Collector()
        async with self.running(tmp_path, sink) as engine:
            for name in ("a", "b"):
                engine.graph.observe(value_of, key(name))
            await engine.submit(batch(upsert("a"), upsert("c")))
            assert sink.settled == [(value_of, key("a"))]
            await engine.submit(batch(upsert("b")))
            assert sink.settled == [(value_of, key("a")), (value_of, key("b"))]

    async def test_a_sink_that_fails_harms_no_other(self, tmp_path: Path) -> None:
        """Every other sink has the snapshot, the receipt comes, and the failing one is tried again with the next."""
        bad, good = Failing("bad"), Collector("good")
        with structlog.testing.capture_logs() as logs:
            async with self.running(tmp_path, bad, good) as engine:
                await engine.submit(batch(upsert("a")))
                await engine.submit(batch(upsert("b")))
        assert good.numbers == bad.numbers == [1, 2]
        assert [(entry["event"], entry["sink"]) for entry in logs if entry["log_level"] == "error"] == [
            ("sink.failed", "bad"),
            ("sink.failed", "bad"),
        ]

    async def test_a_late_sink_gets_the_last_snapshot(self, tmp_path: Path) -> None:
        """Attached at any time, a sink has what the others have."""
        late = Collector("late")
        async with self.running(tmp_path) as engine:
            await engine.submit(batch(upsert("a")))
            engine.attach(late)
            assert late.snapshots == [engine.snapshot]

    async def test_snapshots_stay_what_they_were(self, tmp_path: Path) -> None:
        """What was published is not changed by what comes later."""
        sink = Collector()
        async with self.running(tmp_path, sink) as engine:
            await engine.submit(batch(upsert("a", 1)))
            await engine.submit(batch(upsert("a", 2)))
        assert [snapshot.resources[key("a")] for snapshot in sink.snapshots] == [thing("a", 1), thing("a", 2)]

    async def test_moved_lines_are_published_under_the_same_revision(self, tmp_path: Path) -> None:
        """Origins are true to the file; the revision and its digest stay."""
        sink = Collector()
        async with self.running(tmp_path, sink) as engine:
            await engine.submit(batch(upsert("a")))
            receipt = await engine.submit(batch(upsert("a", at=origin("a.yaml", 7))))
            assert receipt.revision == 1
            assert sink.snapshots[-1].resources[key("a")].origin.line == 7
            assert sink.snapshots[-1].revision == sink.snapshots[0].revision
            graph = engine.graph.get(key("a"))
            assert graph is not None
            assert graph.origin.line == 7

    async def test_nothing_is_published_before_the_sources_have_spoken(self, tmp_path: Path) -> None:
        """Also not after a restart in between; then everything is, at once."""
        sink = Collector()
        rules = policy(awaited=("files", "git"))
        async with self.running(tmp_path, sink, rules=rules) as engine:
            receipt = await engine.submit(batch(upsert("a"), synced()))
            assert (receipt.revision, sink.snapshots, engine.snapshot) == (0, [], None)
        async with self.running(tmp_path, sink, rules=rules) as engine:
            assert sink.snapshots == []
            receipt = await engine.submit(batch(upsert("b", at=origin("b", source="git")), synced("git"), source="git"))
            assert receipt.revision == 1
        assert sorted(sink.snapshots[0].resources) == [key("a"), key("b")]

    async def test_what_is_held_back_is_held_back_after_a_restart(self, tmp_path: Path) -> None:
        """The guard's hold survives; the yes comes later, to the new process."""
        rules = policy(guard_count=2)
        async with self.running(tmp_path, rules=rules) as engine:
            await engine.submit(batch(*map(upsert, "abcd")))
            receipt = await engine.submit(batch(*map(delete, "abc")))
            assert receipt.revision == 1
        sink = Collector()
        async with self.running(tmp_path, sink, rules=rules) as engine:
            assert len(sink.snapshots[-1].resources) == 4
            assert engine.state.hold is not None
            receipt = await engine.submit(batch(Confirmed(revision=engine.state.hold.number)))
            assert receipt.revision == 2
            assert list(sink.snapshots[-1].resources) == [key("d")]

    async def test_pins_survive_a_restart(self, tmp_path: Path) -> None:
        """What a rollback restored stays, until the source says something newer."""
        pin = Pinned(key=key("a"), resource=thing("a", 1), against=thing("a", 2).digest, revision=1)
        async with self.running(tmp_path) as engine:
            await engine.submit(batch(upsert("a", 1)))
            await engine.submit(batch(upsert("a", 2)))
            await engine.submit(batch(pin))
        sink = Collector()
        async with self.running(tmp_path, sink) as engine:
            assert sink.snapshots[-1].resources[key("a")] == thing("a", 1)
            await engine.submit(batch(upsert("a", 2)))
            assert sink.snapshots[-1].resources[key("a")] == thing("a", 1)
            await engine.submit(batch(upsert("a", 3)))
            assert sink.snapshots[-1].resources[key("a")] == thing("a", 3)

    async def test_other_rules_after_a_restart_take_effect(self, tmp_path: Path) -> None:
        """The last good snapshot comes first, then a revision by the new rules, with nobody touching a file."""
        async with self.running(tmp_path) as engine:
            await engine.submit(batch(upsert("a", 1), upsert("a", 2, at=origin("x.yaml", source="git"))))
        sink = Collector()
        async with self.running(tmp_path, sink, rules=policy(precedence=("git",))) as engine:
            assert [snapshot.resources[key("a")].spec for snapshot in sink.snapshots] == [
                thing("a", 1).spec,
                thing("a", 2).spec,
            ]
            assert engine.trouble == ""

    async def test_other_sources_after_a_restart_take_effect(self, tmp_path: Path) -> None:
        """What a source said goes with its place to its new name; what belongs to nobody any more is dropped."""
        two = replace(policy(), places=(("a", "/one"), ("b", "/two")))
        async with self.running(tmp_path, rules=two) as engine:
            for name in ("a", "b"):
                said = upsert(name, at=origin("x.yaml", source=name))
                await engine.submit(batch(said, synced(name), source=name))
        one = replace(policy(), places=(("a", "/two"),))
        async with self.running(tmp_path, rules=one) as engine:
            assert list(engine.state.sources) == ["a"]
            assert list(engine.state.places) == [("a", "x.yaml")]
            assert engine.snapshot is not None
            assert [found.name for found in engine.snapshot.resources] == ["b"]

    async def test_every_revision_has_a_trace(self, tmp_path: Path) -> None:
        """A batch without a trace id gets one; one that has it keeps it."""
        async with self.running(tmp_path) as engine:
            await engine.submit(batch(upsert("a"), trace=""))
            assert engine.snapshot is not None
            assert len(engine.snapshot.revision.cause.trace) == 16
            await engine.submit(batch(upsert("b"), trace="mine"))
            assert engine.snapshot.revision.cause.trace == "mine"
