"""What a registry's source says of itself while a part of the registry is in trouble."""

from __future__ import annotations

from galley.sources.contract import SourceStatus
from galley.sources.platform.objects import Home
from galley.sources.platform.telling import Telling


async def test_trouble_with_one_thing_is_counted_once_and_loses_nothing() -> None:
    """However often the registry is heard meanwhile; the source stays in step."""
    status = SourceStatus(name="consul", kind="consul", location="")
    telling = Telling(Home("consul", "default"), status, {})
    telling.listed(frozenset())
    telling.trouble("reviews", "the token may not read reviews")
    for _ in range(3):
        telling.well()
    assert (status.errors, status.failures) == (["the token may not read reviews"], 1)
    assert status.last_sync > 0
    assert not status.lost
    telling.trouble("reviews", "")
    telling.well()
    assert (status.errors, status.failures) == ([], 1)
