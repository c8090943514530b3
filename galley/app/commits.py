"""What is told of git commits, and what is heard of pushes: both for the sources that follow repositories."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from galley.app.git_hooks.router import push_router
from galley.app.notify.notifier import Notifier
from galley.sources.git.source import GitSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from galley.app.fleet.fleet import Fleet
    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine


def hooks(settings: Settings, sources: Sequence[Source]) -> list[APIRouter]:
    """Return the routers of push notifications."""
    return [push_router(settings.git.hook, _repositories(sources), time.time)]


def has_repositories(sources: Sequence[Source]) -> bool:
    """Whether any of the sources follows a repository."""
    return bool(_repositories(sources))


def notifier(settings: Settings, sources: Sequence[Source], engine: Engine, fleet: Fleet) -> Notifier | None:
    """Return who tells of commits; None where there are no commits, or nobody is to be told."""
    repositories = _repositories(sources)
    if not repositories or not settings.notify.targets:
        return None
    return Notifier(settings.notify, engine, repositories, fleet=fleet, clock=time.time)


def _repositories(sources: Sequence[Source]) -> list[GitSource]:
    return [source for source in sources if isinstance(source, GitSource)]
