"""`Topics`: the full names of a mesh's topics, which its prefix begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one mesh."""

    prefix: str

    @property
    def log(self) -> str:
        """What was submitted, in the order that counts."""
        return f"{self.prefix}log"

    @property
    def resources(self) -> str:
        """The resources that are served, the newest of each key."""
        return f"{self.prefix}resources"

    @property
    def revisions(self) -> str:
        """The revisions, by number."""
        return f"{self.prefix}revisions"

    @property
    def state(self) -> str:
        """The rows of the pipeline's state."""
        return f"{self.prefix}state"

    @property
    def events(self) -> str:
        """What happens, as CloudEvents."""
        return f"{self.prefix}events"

    @property
    def live(self) -> str:
        """Who is connected to which xDS server, with which revision."""
        return f"{self.prefix}live"
