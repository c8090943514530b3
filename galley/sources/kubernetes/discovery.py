"""`discovered`: which kinds an API server serves, for those who may not read the definitions of kinds.

Discovery is open to everybody who has an account. A group that is not there is an answer; a group that cannot be asked
for is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.kubernetes.failure import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.kubernetes.api import Api
    from galley.sources.kubernetes.watched import Watched


async def discovered(api: Api, watched: Iterable[Watched]) -> dict[str, frozenset[str]]:
    """Return the versions in which kinds are served, by their definitions' names; raise `Unreachable`, `Refusal`."""
    defined = [item for item in watched if item.crd]
    found: dict[str, set[str]] = {}
    for group in sorted({item.kind.group for item in defined}):
        for version in await _versions(api, group):
            plurals = await _plurals(api, f"/apis/{group}/{version}")
            for item in defined:
                if item.kind.group == group and item.kind.plural in plurals:
                    found.setdefault(item.crd, set()).add(version)
    return {name: frozenset(versions) for name, versions in found.items()}


async def _versions(api: Api, group: str) -> list[str]:
    try:
        answer = await api.get(f"/apis/{group}")
    except Refusal as refusal:
        if refusal.is_missing:
            return []
        raise
    return [str(one["version"]) for one in answer.get("versions") or ()]


async def _plurals(api: Api, path: str) -> set[str]:
    try:
        answer = await api.get(path)
    except Refusal as refusal:
        if refusal.is_missing:
            return set()
        raise
    return {str(one["name"]) for one in answer.get("resources") or ()}
