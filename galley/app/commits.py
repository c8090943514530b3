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

    from galley.app.control.proxies import Proxies
    from galley.settings.settings import Settings
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from proxy.xds.ledger import Ledger


def hooks(settings: Settings, sources: Sequence[Source]) -> list[APIRouter]:
    """Return the routers of push notifications."""
    return [push_router(settings.git.hook, _repositories(sources), time.time)]


def has_repositories(sources: Sequence[Source]) -> bool:
    """Whether any of the sources follows a repository."""
    return bool(_repositories(sources))


def notifier(
    settings: Settings, sources: Sequence[Source], engine: Engine, ledger: Ledger | None, proxies: Proxies | None
) -> Notifier | None:
    """Return who tells of commits; None where there are no commits, or nobody is to be told."""
    repositories = _repositories(sources)
    if not repositories or not settings.notify.targets:
        return None
    blame = proxies.blame if proxies is not None else lambda *_: []
    return Notifier(settings.notify, engine, repositories, ledger=ledger, blame=blame, clock=time.time)


def _repositories(sources: Sequence[Source]) -> list[GitSource]:
    return [source for source in sources if isinstance(source, GitSource)]
