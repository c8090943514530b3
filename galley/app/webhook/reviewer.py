"""`Reviewer`: judges what an API server is asked to store, against the mesh as it stands.

What is wrong with an object alone, what is wrong with it among the others, and what a change would break elsewhere:
errors refuse, the rest becomes warnings. The work is done in three threads: one owns the fork of the mesh, one reads
large objects, one pushes; so that neither the proxies nor ordinary objects wait for what is large. None of them is
asyncio's own, by which the log is written: whoever asks much holds up nobody but those who do the same.
"""

from __future__ import annotations

import asyncio
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from galley.app.push_judgement import concerned, judge_push
from galley.app.webhook.admission import Answer
from galley.app.webhook.proposal import Standing, key_of, propose
from galley.app.webhook.standing_fork import StandingFork
from galley.app.webhook.triage import Care, care
from galley.app.webhook.wording import refusal, warnings
from galley.sources.kubernetes.place import place_of
from pipeline.model.diagnostic import Severity
from pipeline.stages.assemble import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from galley.app.webhook.admission import Request
    from galley.app.webhook.counts import Reason
    from galley.app.webhook.proposal import Proposal
    from galley.app.webhook.standing_fork import Trial
    from galley.sources.diff import Found
    from pipeline.engines.contract import Engine
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.snapshot import Snapshot
    from pipeline.stages.state import Place
    from schemas.registry import Registry

LARGE: Final = 64 * 1024
"""Bytes of a body from which on its object is read in a thread of its own."""

MOST_PUSHES: Final = 4
"""Pushes that may be asked about at a time; they are judged one after the other."""

_EXPECTED: Final = 5.0
"""Seconds for which an object that was let through is believed to be there before its source has told of it."""

_LONG_AGO: Final = 60.0
"""Seconds after the last question when nothing that was let through is expected any more, however long it took."""

INCOMPLETE: Final = "not every source has been heard yet: what depends on other objects is only warned of"
"""What is said where errors among objects refuse nothing."""

_ALONE: Final = "the mesh is not known yet: the object was judged alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where objects come from: a cluster, and the source that follows it, which may be none of ours.

    Where it is `followed`, what was let through is expected to come from that source soon; where it is not, an object
    of it is judged as if it took the place of the one of its name that there is.
    """

    name: str = "kubernetes"
    source: str = "kubernetes"
    followed: bool = False

    def place(self, key: Key) -> Place:
        """Return the place from which the source claims an object."""
        return self.source, place_of(self.name, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How a webhook judges: what it knows, which namespaces it lets through, and whether references can refuse."""

    registry: Registry
    excluded: frozenset[str] = frozenset()
    cross_object: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of a request, and on what grounds: `errors` refuse, `noted` is the rest."""

    care: Care
    errors: tuple[Diagnostic, ...] = ()
    noted: tuple[Diagnostic, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: Reason = "invalid_resource"

    @property
    def answer(self) -> Answer:
        """The answer in an API server's terms."""
        told = warnings(self.noted, *self.remarks)
        return Answer(allowed=not self.errors, message=refusal(self.errors) if self.errors else "", warnings=told)


class Busy(Exception):
    """More is asked at once than is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What is wrong with files by themselves, and what they would do among the others; `complete`: of all sources."""

    found: Mapping[str, Found]
    alone: tuple[Diagnostic, ...]
    among: tuple[Diagnostic, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """All that a thread needs, read on the loop."""

    request: Request
    cluster: Cluster
    care: Care
    key: Key
    standing: Standing
    mesh: Mapping[Key, Resource] | None
    complete: bool
    heard: frozenset[Key]
    now: float = field(default_factory=time.monotonic)


_ANY: Final = Cluster()


class Reviewer:
    """Judges over an engine, whose sink it is: so it hears of what has changed. Used on the engine's loop."""

    name = "webhook"

    def __init__(self, engine: Engine, judging: Judging) -> None:
        """Judge against this engine's mesh."""
        self._engine = engine
        self._judging = judging
        self._fork: StandingFork | None = None
        self._heard: set[Key] = set()
        self._asked = 0.0
        self._worker = ThreadPoolExecutor(1, "webhook")
        self._reader = ThreadPoolExecutor(1, "webhook-large")
        self._pushes = ThreadPoolExecutor(1, "webhook-pushes")
        self._pushing = 0
        self._turn = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Whether there is a mesh to judge against."""
        return self._engine.snapshot is not None

    @property
    def objects(self) -> int:
        """How many objects the fork holds findings of."""
        return len(self._fork) if self._fork is not None else 0

    @property
    def heard(self) -> int:
        """How many changed objects are noted for the next question."""
        return len(self._heard)

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Note what a revision changed, for what was expected of it; see `pipeline.engines.contract.Sink`."""
        del settled
        if self._fork is None or time.monotonic() > self._asked + _LONG_AGO:
            self._heard.clear()  # nothing is expected any more, and a mesh that nobody asks about must not add up
        else:
            self._heard.update(snapshot.revision.changed)

    async def review(self, request: Request, size: int = 0, cluster: Cluster = _ANY) -> Verdict:
        """Judge a request of a cluster; its body had `size` bytes."""
        way = care(request, self._judging.registry, self._judging.excluded)
        if way is Care.PASS:
            return Verdict(care=way)
        question = self._question(request, cluster, way)
        loop = asyncio.get_running_loop()
        if way is Care.FAREWELL:
            return await loop.run_in_executor(self._worker, self._farewell, question)
        if size < LARGE:
            return await loop.run_in_executor(self._worker, self._judge, question, None)
        proposal = await loop.run_in_executor(self._reader, self._propose, question)
        return await loop.run_in_executor(self._worker, self._judge, question, proposal)

    async def weigh(self, source: str, read: Callable[[], Mapping[str, Found]]) -> Weighed:
        """Judge files (None: gone) that are about to be pushed to what a source follows.

        `read` gives them, and is called in a thread; what it raises is raised. Raise `Busy` where too many ask.
        """
        if self._pushing >= MOST_PUSHES:
            raise Busy
        self._pushing += 1
        try:
            async with self._turn:
                return await self._weigh(source, read)
        finally:
            self._pushing -= 1

    async def _weigh(self, source: str, read: Callable[[], Mapping[str, Found]]) -> Weighed:
        engine, loop = self._engine, asyncio.get_running_loop()
        found = await loop.run_in_executor(self._pushes, read)
        state = concerned(engine.state, source, found)
        judgement = await loop.run_in_executor(self._pushes, judge_push, state, source, found, engine.policy)
        mesh = engine.snapshot.resources if engine.snapshot is not None else None
        if mesh is None:
            return Weighed(found=found, alone=judgement.alone, among=(), complete=False)
        complete, fork, now = not missing(engine.state, engine.policy.awaited), self._forked(), time.monotonic()

        def ask() -> Trial:
            fork.follow(mesh, now)
            return fork.ask(judgement.changes, judgement.about)

        trial = await loop.run_in_executor(self._worker, ask)
        return Weighed(found=found, alone=judgement.alone, among=(*trial.own, *trial.others), complete=complete)

    async def warm(self) -> None:
        """Make ready what the first question would wait for."""
        snapshot = self._engine.snapshot
        if snapshot is not None:
            fork = self._forked()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._worker, fork.follow, snapshot.resources, time.monotonic())

    def close(self) -> None:
        """End the threads; what waits is given up."""
        for executor in (self._worker, self._reader, self._pushes):
            executor.shutdown(wait=False, cancel_futures=True)

    # -- on the loop ----------------------------------------------------------------------------------------------

    def _question(self, request: Request, cluster: Cluster, way: Care) -> _Question:
        engine = self._engine
        key = key_of(request, self._judging.registry)
        self._forked()
        self._asked = time.monotonic()
        heard, self._heard = frozenset(self._heard), set()
        return _Question(
            request=request,
            cluster=cluster,
            care=way,
            key=key,
            standing=self._standing(key) if cluster.followed else Standing(),
            mesh=engine.snapshot.resources if engine.snapshot is not None else None,
            complete=not missing(engine.state, engine.policy.awaited),
            heard=heard,
        )

    def _standing(self, key: Key) -> Standing:
        state = self._engine.state
        return Standing(claims=dict(state.claims.get(key, {})), pin=state.pins.get(key))

    def _forked(self) -> StandingFork:
        if self._fork is None:
            # What stays for good is kept from the collector at once: walking it would stop everybody for long.
            self._fork = StandingFork(self._engine.graph.fork(), gc.freeze)
        return self._fork

    # -- in the threads -------------------------------------------------------------------------------------------

    def _propose(self, question: _Question) -> Proposal:
        place = question.cluster.place(question.key)
        return propose(question.request, place, question.standing, self._engine.policy, self._judging.registry)

    def _judge(self, question: _Question, proposal: Proposal | None) -> Verdict:
        proposal = proposal or self._propose(question)
        alone, key = proposal.diagnostics, proposal.key
        if not proposal.accepted or key is None:
            return self._verdict(question, alone)
        if question.mesh is None:
            return self._verdict(question, alone, remarks=(_ALONE,))
        fork = self._fork
        assert fork is not None, "the loop made it with the question"
        fork.follow(question.mesh, question.now, question.heard)
        trial = fork.ask({key: proposal.serving}, (key,) if proposal.ours else ())
        verdict = self._verdict(question, alone, (*trial.own, *trial.others))
        if question.cluster.followed and not verdict.errors and not question.request.dry_run:
            fork.expect(key, proposal.serving, question.now + _EXPECTED)
        return verdict

    def _farewell(self, question: _Question) -> Verdict:
        """Say who would miss an object that is deleted; nobody, where another source has it as well."""
        standing, fork, key = question.standing, self._fork, question.key
        if question.mesh is None or fork is None or len(standing.claims.keys() - {question.cluster.place(key)}) > 0:
            return Verdict(care=question.care)
        fork.follow(question.mesh, question.now, question.heard)
        trial = fork.ask({key: None})
        if question.cluster.followed and not question.request.dry_run:
            fork.expect(key, None, question.now + _EXPECTED)
        return Verdict(care=question.care, noted=trial.others)

    def _verdict(
        self,
        question: _Question,
        alone: tuple[Diagnostic, ...],
        among: tuple[Diagnostic, ...] = (),
        remarks: tuple[str, ...] = (),
    ) -> Verdict:
        refusing = alone
        if self._judging.cross_object and question.complete:
            refusing = (*alone, *among)
        if question.care is Care.WARN:
            refusing = ()
        errors = _errors(refusing)
        noted = [found for found in dict.fromkeys((*alone, *among)) if found not in errors]
        if among and not question.complete:
            remarks = (*remarks, INCOMPLETE)
        return Verdict(
            care=question.care,
            errors=errors,
            noted=tuple(sorted(noted, key=_order)),
            remarks=remarks,
            reason="invalid_resource" if _errors(alone) else "reference",
        )


def _errors(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return tuple(sorted((one for one in dict.fromkeys(found) if one.severity is Severity.ERROR), key=_order))


def _order(found: Diagnostic) -> tuple[int, str, str, str]:
    return (found.severity.rank, found.path, found.code, found.message)
