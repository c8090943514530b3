"""Who may write a large message now: a bound on the bytes of large messages that are being written at once. Pure.

Theory of operation. gRPC copies a message and holds the copy until the client has read it. A thousand proxies that
start at once would have a thousand copies of the whole mesh in memory; so a large message waits for its turn. Turns are
given in the order they were asked for, as long as the sum stays within the budget; a message larger than the budget has
its turn alone. Small messages, what an edit costs, never ask. A turn is given back when the write is done, or when
the shell loses patience: a client that does not read then holds its own memory, but nobody up.
"""

from __future__ import annotations

from collections.abc import Callable


class Turn:
    """What `Turns.ask` returns; give it back."""

    __slots__ = ("begin", "size")

    def __init__(self, size: int, begin: Callable[[], None]) -> None:
        """Want to write so many bytes, and be told when."""
        self.size = size
        self.begin = begin


class Turns:
    """Turns, first come, first served; `budget` in bytes."""

    def __init__(self, budget: int) -> None:
        """Start with the whole budget."""
        self._left = budget
        self._waiting: dict[Turn, None] = {}
        self._taken: dict[Turn, None] = {}

    def ask(self, size: int, begin: Callable[[], None]) -> Turn:
        """Ask for a turn; `begin` is called once it has come, perhaps before this returns."""
        turn = Turn(size, begin)
        self._waiting[turn] = None
        self._admit()
        return turn

    def give_back(self, turn: Turn) -> None:
        """End a turn, or stop waiting for it; nothing where that has happened."""
        if turn in self._taken:
            del self._taken[turn]
            self._left += turn.size
        elif turn in self._waiting:
            del self._waiting[turn]
        else:
            return
        self._admit()

    def _admit(self) -> None:
        while self._waiting:
            turn = next(iter(self._waiting))
            if self._taken and turn.size > self._left:
                return
            del self._waiting[turn]
            self._taken[turn] = None
            self._left -= turn.size
            turn.begin()
