"""`KafkaTuning`: how the Kafka engine runs, as one value. Light to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaTuning:
    """How the engine runs; times in seconds.

    `keep` revisions of history stay, in the topics and in the replica; that a row was dropped is said for `dropped`,
    so that every reader has heard of it; the first revision waits `sync_timeout` for sources; a burst is
    waited with for `most_wait`; `waiting` batches queue; an entry has `most_changes` unless one batch has more; the
    replica is compacted after `compact_every` commits. Brokers that have not answered for `unreachable` are trouble;
    an entry that no writer has taken for `unwritten` is, too. A worker that has not got on for `poke` is told again
    from where to go on; a reader or worker that has not been answered, or does not get on, for `stalled` makes the
    process not ready and is made anew; after a fault that takes `retry`, then ever longer, up to `longest_retry`.
    Whether topics were truncated or made anew is looked at every `look`.
    """

    keep: int = 1_000
    dropped: float = 6 * 3_600.0
    sync_timeout: float = 30.0
    most_wait: float = 0.1
    waiting: int = 1_024
    most_changes: int = 10_000
    compact_every: int = 64
    unreachable: float = 5.0
    unwritten: float = 30.0
    stalled: float = 20.0
    poke: float = 2.0
    retry: float = 0.2
    longest_retry: float = 5.0
    look: float = 5.0
