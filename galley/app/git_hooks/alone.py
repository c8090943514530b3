"""What a push does to the files of its own repository, where no server can be asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.offline.settings import given_of
from galley.app.policy import policy_for
from galley.app.push_judgement import concerned, judge_push, sorted_findings
from galley.app.webhook.standing_fork import StandingFork
from galley.sources.diff import NOTHING, difference
from pipeline.derive import Graph
from pipeline.model.batch import Batch, Cause, Entry
from pipeline.stages.state import State
from pipeline.stages.step import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.diff import Found
    from pipeline.model.diagnostic import Diagnostic
    from schemas.registry import Registry


def judge_alone(
    source: str,
    before: Mapping[str, Found],
    after: Mapping[str, Found],
    registry: Registry,
    environment: Mapping[str, str],
) -> list[Diagnostic]:
    """Return what is wrong with changed files (None: gone), alone and among all that were there before.

    `environment` may say, as it may to the server, what is lowered and what rules read. Raise `Unreadable`.
    """
    given = given_of(None, (), environment)
    policy, state, graph = policy_for(registry, lowered=given.lowered), State(), Graph()
    changes = tuple(one for file, found in before.items() for one in difference(source, file, NOTHING, found).changes)
    step(state, Entry(sequence=1, batches=(Batch(source=source, changes=changes, cause=Cause()),)), policy)
    for name, value in given.inputs.items():
        graph.set_input(name, value)
    judgement = judge_push(concerned(state, source, after), source, after, policy)
    fork = StandingFork(graph)
    fork.follow(dict(state.mesh), 0.0)
    trial = fork.ask(judgement.changes, judgement.about)
    return sorted_findings((*judgement.alone, *trial.own, *trial.others))
