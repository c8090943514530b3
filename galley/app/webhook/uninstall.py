"""Removes what `galley.app.webhook.registration` keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.webhook.configuration import PATH
from galley.sources.kubernetes.api import Api
from galley.sources.kubernetes.failure import Refusal

if TYPE_CHECKING:
    from galley.settings.kubernetes import ClusterPlace


async def remove(place: ClusterPlace, name: str) -> bool:
    """Remove the object of a cluster; tell whether there was one. Raise `Unreachable` or `Refusal`."""
    api = Api(place)
    try:
        await api.send("DELETE", f"{PATH}/{name}")
    except Refusal as refusal:
        if refusal.is_missing:
            return False
        raise
    finally:
        await api.close()
    return True
