"""The search for what a client refused in a response of several resources. Pure.

Theory of operation. A NACK refuses a whole response and names no resource. The refused names are split into groups,
which are tried one response at a time: where the message points at some of them, all the others first and then each
suspect alone, else the two halves. A group that is accepted is out; a group that is refused is split again; a name that
is refused alone is a culprit. Since a name may have been refused only because of another that had not been accepted yet
(a domain that moves between virtual hosts), each culprit is tried once more if anything was accepted after it.

With n refused names there are at most 2n - 1 groups and n second trials; one culprit among them costs 2 trials where
the message names it, and 2 log2(n) where it does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence


class Search:
    """Groups of names still to be tried, at most one of them in flight (`trial`, the nonce of its response)."""

    __slots__ = ("_accepted", "_culprits", "_groups", "_retried", "trial")

    def __init__(self) -> None:
        """Start with nothing to try."""
        self._groups: deque[tuple[str, ...]] = deque()
        self._culprits: dict[str, int] = {}
        self._retried: set[str] = set()
        self._accepted = 0
        self.trial: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to try and nothing in flight."""
        return self.trial is None and not self._groups

    @property
    def waiting(self) -> frozenset[str]:
        """Return the names that no other response may carry meanwhile: those of the groups not yet in flight."""
        return frozenset(name for group in self._groups for name in group)

    def split(self, names: Sequence[str], suspects: Collection[str]) -> None:
        """Take refused names; `suspects` are those of them that the refusal points at, if it does.

        A single one was refused with others that no longer matter, so it is tried alone.
        """
        rest = tuple(name for name in names if name not in suspects)
        if rest and len(rest) < len(names):
            self._groups.append(rest)
            self._groups.extend((name,) for name in names if name in suspects)
            return
        middle = len(names) // 2
        self._groups.extend(tuple(half) for half in (names[:middle], names[middle:]) if half)

    def again(self, name: str) -> None:
        """Try a refused name once more: what it was refused for may be over."""
        self._groups.append((name,))

    def take(self) -> tuple[str, ...] | None:
        """Return the next group to try, None while one is in flight or where there is none."""
        if self.trial is not None or not self._groups:
            return None
        return self._groups.popleft()

    def sent(self, nonce: str) -> None:
        """The group that was taken is in flight."""
        self.trial = nonce

    def accepted(self) -> None:
        """The group in flight was accepted."""
        self.trial = None
        self._accepted += 1
        self._again()

    def refused(self) -> None:
        """The group in flight was refused: what matters of it goes to `blame` if it was one name, else to `split`."""
        self.trial = None

    def blame(self, name: str) -> None:
        """Take a name that was refused alone: a culprit, so far."""
        if name not in self._retried:
            self._culprits[name] = self._accepted
        self._again()

    def _again(self) -> None:
        if self._groups:
            return
        for name, accepted in list(self._culprits.items()):
            if accepted < self._accepted and name not in self._retried:
                self._retried.add(name)
                del self._culprits[name]
                self._groups.append((name,))
