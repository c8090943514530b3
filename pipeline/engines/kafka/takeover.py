"""`take_over`: a worker that was given the log becomes the writer of the mesh: a claim, the state, and what it mends.

Theory of operation. The claim in `revisions` comes first, and where it lies is the epoch; from the claims on, readers
drop what an older writer still sends. Once our own follower has passed all three claims, its state is what everybody
comes to, and a copy of it is ours. Where the topics lost something (truncated, made anew), what this process knows
best is written anew as a whole; a mesh on new topics starts with what the replica has.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from pipeline.engines.kafka.log_reader import ends_of, read_log
from pipeline.engines.kafka.term import Term, TermOver
from pipeline.model.codec import Encoder
from pipeline.stages.review import reconcile
from pipeline.stages.rows import Journal, put_claim, rows_of
from pipeline.stages.state import Claim
from pipeline.topics.outgoing import Sending, claim, claim_in_revisions, epoch_of, row_record
from pipeline.topics.progress import Progress
from pipeline.topics.record import Topic
from pipeline.topics.repair import begin_above, bodies, everything, repairing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from galley.kafka.names import Topics
    from pipeline.engines.kafka.following import Following, Known
    from pipeline.engines.kafka.term import Table
    from pipeline.engines.kafka.topic_writer import TopicWriter
    from pipeline.log.sqlite import SqliteLog
    from pipeline.model.key import Key
    from pipeline.stages.policy import Policy
    from pipeline.stages.rows import Row
    from pipeline.stages.state import State
    from pipeline.topics.follower import Follower

_log = structlog.get_logger("pipeline.engines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a writer works with: the topics and their ids, a producer, and what this process follows."""

    topics: Topics
    ids: Mapping[str, str]
    options: Mapping[str, Any]
    writer: TopicWriter
    following: Following
    policy: Policy
    history: SqliteLog

    def name(self, topic: Topic) -> str:
        """Return the name of a followed topic."""
        return {
            Topic.RESOURCES: self.topics.resources,
            Topic.REVISIONS: self.topics.revisions,
            Topic.STATE: self.topics.state,
        }[topic]


async def take_over(post: Post, table: Table) -> Term:
    """Return a term that has begun; raise `TermOver` where another writer claims, `KafkaError`."""
    who = f"{socket.gethostname()} pid {os.getpid()}"
    follower = await post.following.until(lambda _: True)
    shift = follower.shift
    revisions = await post.writer.send(post.topics.revisions, (claim_in_revisions(who, shift),))
    epoch = epoch_of(revisions, shift)
    resources = await post.writer.send(post.topics.resources, (claim(who, epoch),))
    claimed = await post.writer.send(post.topics.state, (claim(who, epoch),))
    follower = await post.following.until(lambda follower: follower.passed(epoch))
    if follower.outdated or follower.claimed_after(epoch):
        raise TermOver
    known = _known(post, follower)
    state, last = (known.state.copy(), known.progress) if known else follower.salvage()
    whole = state.revision is not None and (known is not None or not follower.complete)
    _number_anew(state, follower, whole=whole)
    unclaimed = _claim_served(state)
    moved = reconcile(state, post.policy)
    progress = await _progress(post, state, last)
    term = Term(
        topics=post.topics,
        writer=post.writer,
        table=table,
        policy=post.policy,
        epoch=epoch,
        state=state,
        progress=replace(progress, resources=resources, revisions=revisions, after=follower.ended, until=claimed),
        again=lambda at: _again(post, at),
        missing=lambda start, end: read_log(post.options, post.topics.log, start, end),
    )
    if whole:
        _log.warning("writer.writes-all-anew", revision=term.progress.revision, objects=len(state.mesh))
        await rewrite(post, term)
    else:
        await mend(post, term, moved, unclaimed)
    _log.info("writer.took-over", epoch=epoch, sequence=term.progress.sequence, revision=term.progress.revision)
    return term


async def mend(post: Post, term: Term, moved: Collection[Key] = (), claims: Collection[Row] = ()) -> None:
    """Write anew what older writers spoilt, and these objects and rows; between two entries; raise as `Term.take`."""
    follower = post.following.follower
    if follower is None or not (moved or claims or follower.repairs()):
        return
    repairs = follower.repairs()
    for topic in repairs.claims:
        who = f"{socket.gethostname()} pid {os.getpid()}"
        await post.writer.send(post.name(topic), (claim(who, term.epoch),))

    def choose() -> Sending:
        found = repairing(repairs, term.state, term.epoch, post.history.revision)
        return replace(
            found,
            bodies=(*found.bodies, *bodies(term.state, moved, term.epoch)),
            rows=(*found.rows, *(row_record(row, term.epoch) for row in claims)),
        )

    await term.publish(choose)


async def rewrite(post: Post, term: Term) -> None:
    """Write everything anew, between two entries; raise as `Term.take` does."""
    there = post.following.state.copy()
    await term.publish(lambda: everything(term.state, term.epoch, gone=there.mesh, dropped=rows_of(there)))


def _known(post: Post, follower: Follower) -> Known | None:
    """Return what this process knows better than the topics; None where they have all that it has.

    Another mesh's replica counts only where the topics are new.
    """
    last, ours = post.following.last, follower.state
    fresh = follower.newest == 0 and follower.progress is None
    same = last.progress is not None and last.progress.log == post.ids[post.topics.log]
    same |= last.followed or last.state.revision == ours.revision
    if last.state.revision is None or not (fresh or same):
        return None
    ahead = _number(last.state) > _number(ours) or last.state.sequence > ours.sequence
    return last if ahead else None


def _claim_served(state: State) -> tuple[Row, ...]:
    """Claim what is served and nobody claims for the place that it is from; return the rows that say so.

    Rows that were lost would else take what they were about out of the mesh, before its source can say it again. What
    the guard holds back is served without a claim rightly.
    """
    if state.hold is not None:
        return ()
    journal = Journal()
    for key, resource in state.mesh.items():
        if key not in state.claims and key not in state.pins:
            claim = Claim(resource=resource)
            put_claim(state, key, resource.origin.place, claim)
            journal.claim(key, resource.origin.place, claim)
    return journal.rows(Encoder())


def _number_anew(state: State, follower: Follower, *, whole: bool) -> None:
    """Let the next revision's number be above all that the topics have seen, also where they lost what it was."""
    if follower.newest > _number(state) and (whole or state.revision is None):
        begin_above(state, follower.newest)


async def _progress(post: Post, state: State, last: Progress | None) -> Progress:
    """Return how far the state is in the log, which may be another than it was."""
    number, log = _number(state), post.ids[post.topics.log]
    if last is not None and last.log == log:
        return replace(last, sequence=state.sequence, revision=number, refused="")
    first, _ = await ends_of(post.options, post.topics.log)
    return Progress(sequence=state.sequence, revision=number, log=log, base=state.sequence - first)


async def _again(post: Post, progress: Progress) -> State:
    """Return a copy of the state at a progress."""
    follower = await post.following.until(lambda follower: follower.state.sequence >= progress.sequence)
    state = follower.state.copy()
    reconcile(state, post.policy)
    return state


def _number(state: State) -> int:
    return state.revision.number if state.revision is not None else 0
