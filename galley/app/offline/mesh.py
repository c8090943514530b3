"""A mesh made from paths, in memory, by the stages that the server runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.app.offline.paths import files_of
from galley.app.policy import policy_for
from galley.documents.read import read
from galley.sources.diff import unreadable
from galley.sources.scan import Problem
from pipeline.derive import Graph
from pipeline.model.batch import Batch, Cause, Entry
from pipeline.model.change import Faulted, Upserted
from pipeline.model.diagnostic import Severity
from pipeline.model.origin import Origin
from pipeline.stages.analyze import findings
from pipeline.stages.report import diagnostics as stage_diagnostics
from pipeline.stages.state import State
from pipeline.stages.step import step
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from galley.documents.reading import Reading
    from pipeline.model.change import Change
    from pipeline.model.diagnostic import Diagnostic
    from schemas.registry import Registry

SOURCE = "files"

_OFTEN = 50
"""Files from one word about how far it is to the next."""


def _say_nothing(_: str) -> None:
    """Nobody is told how far it is."""


@dataclass(slots=True, kw_only=True)
class Mesh:
    """What the paths hold: the stages' state, the graph over what is valid, how many documents there were."""

    state: State
    graph: Graph
    documents: int
    unparsed: tuple[Diagnostic, ...] = ()

    def errors(self) -> list[Diagnostic]:
        """Return what keeps objects from being served: the errors of each document alone."""
        return [found for found in stage_diagnostics(self.state) if found.severity is Severity.ERROR]

    def diagnostics(self) -> list[Diagnostic]:
        """Return everything that is wrong: each document alone, then together."""
        found = list(stage_diagnostics(self.state))
        for key in sorted(self.state.mesh):
            found += self.graph.derive(findings, key)
        return sorted(set(found), key=lambda diagnostic: diagnostic.order)


def load(
    paths: Iterable[str],
    extra: Iterable[Change] = (),
    registry: Registry = DEFAULT_REGISTRY,
    stdin: bytes = b"",
    inputs: Mapping[str, object] | None = None,
    *,
    lowered: frozenset[str] = frozenset(),
    say: Callable[[str], None] = _say_nothing,
) -> Mesh:
    """Read the paths (`-`: `stdin`) into a mesh; raise `OSError` where one cannot be read.

    `extra` are changes that do not come from the paths, such as a mesh configuration, each a document; `inputs` are
    settings that rules read; `lowered` are codes whose errors are warnings; `say` is told now and then how far it is.
    """
    changes: list[Change] = [*extra]
    documents = len(changes)
    unparsed: list[Diagnostic] = []
    for number, (name, text) in enumerate(files_of(paths, stdin)):
        if number % _OFTEN == 0:
            say(f"reading {name} ({documents} documents so far)")
        if isinstance(text, Problem):
            found = unreadable(SOURCE, name, *text)
            changes.append(Faulted(origin=found.origin, diagnostics=(found,)))
            unparsed.append(found)
            continue
        reading = read(text, SOURCE, name, registry=registry)
        documents += reading.documents
        changes += _changes(reading, name)
        unparsed += () if reading.parsed else reading.faults
    say(f"checking all {documents}")
    state, graph = State(), Graph()
    batch = Batch(source=SOURCE, changes=tuple(changes), cause=Cause())
    step(state, Entry(sequence=1, batches=(batch,)), policy_for(registry, lowered=lowered))
    for name, value in (inputs or {}).items():
        graph.set_input(name, value)
    graph.apply(state.mesh)
    return Mesh(state=state, graph=graph, documents=documents, unparsed=tuple(unparsed))


def _changes(reading: Reading, name: str) -> Iterator[Change]:
    for item in reading.resources:
        yield Upserted(resource=item.resource, diagnostics=item.diagnostics)
    if reading.faults:
        yield Faulted(origin=Origin(source=SOURCE, file=name), diagnostics=reading.faults)
