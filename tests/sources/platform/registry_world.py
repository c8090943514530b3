"""`RegistryWorld`: a world of services, each with one instance whose label is the value."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson

from pipeline.model.change import Deleted, Faulted, Upserted
from tests.sources.contract import World, until_synced
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from galley.sources.contract import Source
    from pipeline.model.batch import Batch


class RegistryWorld(World):
    """An object is a service with its instance, and so a ServiceEntry with its WorkloadEntry."""

    line = 0
    objects = 2

    def said(self, batch: Batch) -> list[str]:
        """See `World`: what is said of a service's two objects is one word."""
        words: dict[str, None] = {}
        for change, word in zip(batch.changes, said(batch), strict=True):
            match change:
                case Upserted():
                    words[f"+{_service(change.resource.key.name)}"] = None
                case Deleted():
                    words[f"-{_service(change.key.name)}"] = None
                case Faulted():
                    words[word[0] + _service(word[1:])] = None
                case _:
                    words[word] = None
        return list(words)

    def names(self, listener: Listener) -> set[str]:
        """See `World`."""
        return {_service(key.name) for key in listener.state.mesh}

    def value_of(self, listener: Listener, name: str) -> str:
        """See `World`: the instance's label `value`."""
        return value_in(listener, name)

    def value(self, value: int) -> str:
        """See `World`."""
        return str(value)


@asynccontextmanager
async def followed(world: RegistryWorld) -> AsyncIterator[tuple[Listener, Source]]:
    """Follow a registry, once everything was said."""
    listener, source = Listener(), world.source()
    async with listener.running(source):
        await until_synced(listener)
        yield listener, source


def value_in(listener: Listener, name: str) -> str:
    """Return the label `value` of the one instance of a service that is served."""
    [entry] = [
        resource
        for key, resource in listener.state.mesh.items()
        if key.kind == "WorkloadEntry" and _service(key.name) == name
    ]
    return str(orjson.loads(entry.spec)["labels"]["value"])


def _service(name: str) -> str:
    return name.partition(".")[0]
