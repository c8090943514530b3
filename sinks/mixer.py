"""The sink that keeps Mixer's index at the revision that the proxies run on."""

from collections.abc import Sequence
from typing import Any

from mixer.index import Index
from pipeline.model.snapshot import Snapshot
from sinks.changes import changes


class MixerSink:
    """Takes in what each revision changed; a revision that does not follow the last is compared as a whole."""

    name = "mixer"

    def __init__(self, index: Index) -> None:
        self._index = index
        self._snapshot: Snapshot | None = None

    @property
    def revision(self) -> int:
        """The revision that the index is at; 0 before the first."""
        return self._snapshot.revision.number if self._snapshot is not None else 0

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Brings the index to the snapshot."""
        del settled
        self._index.apply(changes(snapshot, self._snapshot))
        self._snapshot = snapshot
