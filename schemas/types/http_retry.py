"""`HTTPRetry`: how a failed request is tried again. Pure."""

from __future__ import annotations

from schemas.types.duration import Duration
from schemas.types.integers import Int32
from schemas.types.message import Message


class HTTPRetry(Message):
    """How often, when, for how long each; `attempts` 0 turns retries off."""

    attempts: Int32 = 0
    per_try_timeout: Duration | None = None
    retry_on: str = ""
    retry_remote_localities: bool | None = None
    retry_ignore_previous_hosts: bool | None = None
    backoff: Duration | None = None
