"""`Lost`: why a topic cannot be heard now."""

from __future__ import annotations


class Lost(Exception):
    """The brokers, the topic, or the way to them; the message says which and why, without secrets."""


class TopicMissing(Lost):
    """There is no such topic, or we may not see it. It may come."""


class Forgotten(Lost):
    """The topic no longer has what comes next: it was truncated, or made anew. It must be read from its beginning."""
