"""`PushJudgement`: what files that are about to be pushed would do to the mesh. Pure.

They are judged as the pipeline would judge the batch that they become: against what their places said before, and what
every other place says of the same objects. What would be served then is tried on a fork of the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.documents.reading import Reading
from galley.sources.diff import NOTHING, difference
from galley.sources.known import known_of
from pipeline.model.batch import Batch, Cause
from pipeline.model.diagnostic import Severity
from pipeline.stages import report
from pipeline.stages.aggregate import aggregate, wanted
from pipeline.stages.rows import Journal
from pipeline.stages.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from galley.sources.diff import Found
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PushJudgement:
    """`alone` is what is wrong with the files by themselves; `changes` is what would be served of their objects.

    `about` are those of these objects whose words in the files would be the ones that are served.
    """

    alone: tuple[Diagnostic, ...]
    changes: Mapping[Key, Resource | None]
    about: tuple[Key, ...]


def concerned(state: State, source: str, found: Mapping[str, Found]) -> State:
    """Return of a state what is said of the objects in these files, now or by what was found: a copy, and small."""
    places = {(source, file): set(state.places.get((source, file), ())) for file in found}
    keys = set().union(*places.values(), *map(_keys, found.values()))
    return State(
        claims={key: dict(state.claims[key]) for key in keys if key in state.claims},
        places={place: held for place, held in places.items() if held},
        faults={place: state.faults[place] for place in places if place in state.faults},
        pins={key: state.pins[key] for key in keys if key in state.pins},
        mesh={key: state.mesh[key] for key in keys if key in state.mesh},
        contested=state.contested & keys,
    )


def judge_push(state: State, source: str, found: Mapping[str, Found], policy: Policy) -> PushJudgement:
    """Return what files (None: gone) of a source would do; `state` is `concerned` by them, and changed."""
    known = known_of(state, source)
    changes = tuple(
        change
        for file, one in found.items()
        for change in difference(source, file, known.get(file, NOTHING), one).changes
    )
    touched: dict[Key, None] = {}
    aggregate(state, Batch(source=source, changes=changes, cause=Cause()), policy, Journal(), touched)
    alone = tuple(one for one in report.diagnostics(state) if one.origin.source == source and one.origin.file in found)
    serving = {key: wanted(state, key, policy) for key in touched}
    ours = tuple(key for key, one in serving.items() if one is not None and one.origin.file in found)
    return PushJudgement(alone=alone, changes=serving, about=ours)


def sorted_findings(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics once each, errors first, in the order of files and lines."""
    return sorted(dict.fromkeys(found), key=lambda one: (one.severity is not Severity.ERROR, one.order))


def _keys(found: Found) -> set[Key]:
    return {one.resource.key for one in found.resources} if isinstance(found, Reading) else set()
