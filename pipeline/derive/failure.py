"""A rule that raised: our own fault, kept to the results that need it. Pure data."""

from __future__ import annotations


class RuleFailed(Exception):
    """Raised to whoever reads the result of a rule that raised; `rule` and `key` name it, the cause is chained.

    A failed result poisons its readers and nobody else; it is computed again when something that it read changes.
    """

    def __init__(self, rule: str, key: object, error: Exception) -> None:
        """Keep who failed and how."""
        super().__init__(f"{rule}({key!r}): {type(error).__name__}: {error}")
        self.rule = rule
        self.key = key
        self.error = error
