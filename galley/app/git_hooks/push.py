"""`Push`: what a push moves, as git tells its hooks on standard input. Pure.

https://git-scm.com/docs/githooks#pre-receive
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE: Final = re.compile(
    r"(?P<old>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?P<new>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?P<ref>\S.*)\Z"
)
BRANCHES: Final = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A reference moves from one object to another; an id is empty where there is none: a new, or a deleted one."""

    old: str
    new: str
    ref: str

    @property
    def name(self) -> str:
        """The reference as people say it."""
        return self.ref.removeprefix(BRANCHES).removeprefix("refs/tags/")

    def moves(self, wanted: str) -> bool:
        """Whether this is the branch or tag of that name, or of that full name."""
        return self.ref == wanted or self.ref in {f"{BRANCHES}{wanted}", f"refs/tags/{wanted}"}


def read_pushes(lines: Iterable[str]) -> list[Push]:
    """Return what moves; raise ValueError where the lines are not git's."""
    pushes: list[Push] = []
    for line in lines:
        found = _LINE.match(line.rstrip("\n"))
        if found is None:
            raise ValueError("a hook is told OLD NEW REF, a line each, by git")
        old, new = (oid if oid.strip("0") else "" for oid in (found["old"], found["new"]))
        pushes.append(Push(old=old, new=new, ref=found["ref"]))
    return pushes
