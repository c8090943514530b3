"""`Publisher`: what is served of the mesh here: graph and sinks, brought from one published mesh to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.derive import Graph
from pipeline.engines.outlet import Outlet
from pipeline.log import failpoints
from pipeline.model.snapshot import Snapshot
from pipeline.topics.output import Moved, Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.engines.contract import Sink
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.state import State


class Publisher:
    """Holds what is published; everything at once, on the caller's loop."""

    def __init__(self) -> None:
        """Start with nothing published."""
        self.graph = Graph()
        self.outlet = Outlet()
        self.snapshot: Snapshot | None = None
        self._mesh: dict[Key, Resource] = {}

    def attach(self, sink: Sink) -> None:
        """Add a sink, and hand it the last snapshot."""
        self.outlet.attach(sink, self.snapshot)

    def restore(self, state: State) -> None:
        """Publish what a replica has."""
        if state.revision is not None:
            self._whole(state.revision, state.mesh)

    def published(self, told: Published, *, first: bool) -> None:
        """Publish a revision; `first`: its changes are all that there is of the mesh."""
        if first:
            self._whole(told.revision, {key: body for key, body in told.changes.items() if body is not None})
        else:
            self._publish(told.revision, told.changes)

    def moved(self, told: Moved) -> None:
        """Publish the same revision again, with other origins."""
        if self.snapshot is not None:
            self._publish(self.snapshot.revision, told.changes)

    def _whole(self, revision: Revision, mesh: Mapping[Key, Resource]) -> None:
        changes: dict[Key, Resource | None] = {key: None for key in self._mesh if key not in mesh}
        changes |= {key: resource for key, resource in mesh.items() if self._mesh.get(key) != resource}
        if changes or self.snapshot is None or self.snapshot.revision != revision:
            self._publish(revision, changes)

    def _publish(self, revision: Revision, changes: Mapping[Key, Resource | None]) -> None:
        failpoints.passed(failpoints.PUBLISH_BEFORE)
        for key, resource in changes.items():
            if resource is None:
                self._mesh.pop(key, None)
            else:
                self._mesh[key] = resource
        self.graph.apply(changes)
        settled = self.graph.settle()
        self.snapshot = Snapshot(revision=revision, resources=dict(self._mesh))
        self.outlet.publish(self.snapshot, settled)
        failpoints.passed(failpoints.PUBLISH_AFTER)
