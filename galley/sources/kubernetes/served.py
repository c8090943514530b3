"""`Served`: which kinds an API server serves, and a reflector for each of them.

Built-in kinds are always there. The others have definitions (CRDs), which are watched like any object: one that
appears, or is served in another version, starts its reflector anew; only one that the server says is gone takes its
kind's objects with it. Who may not read definitions asks again and again what is served, and believes at the second
time that a kind is gone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from galley.sources.backoff import jittered
from galley.sources.kubernetes.discovery import discovered
from galley.sources.kubernetes.failure import Refusal, Unreachable
from galley.sources.kubernetes.picture import Scope
from galley.sources.kubernetes.projection import Projected
from galley.sources.kubernetes.reflector import Reflector, Streaming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from galley.sources.kubernetes.api import Api, Tree
    from galley.sources.kubernetes.health import Health
    from galley.sources.kubernetes.picture import Picture
    from galley.sources.kubernetes.projection import Projection
    from galley.sources.kubernetes.watched import Watched

DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

ASK: Final = 30.0
"""Seconds between two questions for what is served, where definitions may not be read."""

ASK_FIRST: Final = 2.0
"""Seconds between the first two: an API server that has just started does not serve all of its kinds yet."""

LATE: Final = 10.0
"""Seconds that kinds which were listed wait for one that the API server fails at, before they are said without it."""

AT_ONCE: Final = 6
"""Kinds that are listed at the same time, so that a start, or a server that comes back, is no storm."""


class Target(NamedTuple):
    """What a reflector is for: a kind, in a version, everywhere or in a namespace."""

    watched: Watched
    version: str
    scope: Scope


class Served:
    """The reflectors of one cluster."""

    def __init__(
        self,
        api: Api,
        health: Health,
        watched: Sequence[Watched],
        *,
        namespaces: tuple[str, ...],
        picture: Picture,
        projection: Projection,
        tell: Callable[[], None],
    ) -> None:
        """Keep the picture in step, and `tell` whenever it may have changed."""
        self._api = api
        self._health = health
        self._watched = watched
        self._namespaces = namespaces
        self._picture = picture
        self._projection = projection
        self._tell = tell
        self._lists = asyncio.Semaphore(AT_ONCE)
        self._streaming = Streaming()
        self._definitions: dict[str, frozenset[str]] = {}
        self._defined = False
        self._heard: set[Scope] = set()
        self._listed = 0.0
        self._running: dict[Target, asyncio.Task[None]] = {}
        self._turn = asyncio.Event()
        self._blind = False

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What is read, served or not."""
        return tuple(scope for watched in self._watched for scope in self._scopes(watched))

    @property
    def kinds(self) -> int:
        """How many kinds are watched."""
        return len({target.watched.key_kind for target in self._running})

    @property
    def is_complete(self) -> bool:
        """Whether everything was listed once, or refused."""
        return self._defined and all(target.scope in self._heard for target in self._targets())

    @property
    def is_late(self) -> bool:
        """Whether what was listed has waited long enough for the rest: one kind that fails is not the others' fault."""
        return bool(self._heard) and asyncio.get_running_loop().time() > self._listed + LATE

    async def run(self) -> None:
        """Watch the definitions and what they define, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if any(watched.crd for watched in self._watched):
                definitions = Reflector(
                    self._api,
                    DEFINITIONS,
                    _Definitions(self),
                    self._health,
                    lists=self._lists,
                    streaming=self._streaming,
                )
                tasks.create_task(definitions.run(), name="definitions")
            else:
                self._defined = True
            asking = False
            while True:
                if self._blind and not asking:
                    asking = True
                    tasks.create_task(self._ask(), name="discovery")
                self._start_and_stop(tasks)
                self._tell()
                await self._turn.wait()
                self._turn.clear()

    def define(self, definitions: Mapping[str, frozenset[str]]) -> None:
        """Take which definitions there are, each with the versions that are served."""
        self._definitions = dict(definitions)
        self._defined = True
        self._turn.set()

    def blind(self) -> None:
        """Take note that the definitions may not be read."""
        self._blind = True
        self._turn.set()

    def hear(self, scope: Scope) -> None:
        """Take note that a kind was listed or refused, or that one of its objects changed."""
        if scope not in self._heard:
            self._heard.add(scope)
            self._listed = asyncio.get_running_loop().time()
        self._tell()

    # ---------------------------------------------------------------------------------------------------------------

    def _scopes(self, watched: Watched) -> tuple[Scope, ...]:
        if watched.kind.namespaced and self._namespaces:
            return tuple(Scope(watched.key_kind, namespace) for namespace in self._namespaces)
        return (Scope(watched.key_kind),)

    def _targets(self) -> Iterable[Target]:
        for watched in self._watched:
            served = self._definitions.get(watched.crd, frozenset()) if watched.crd else watched.kind.versions
            if version := watched.version_of(served):
                yield from (Target(watched, version, scope) for scope in self._scopes(watched))

    def _start_and_stop(self, tasks: asyncio.TaskGroup) -> None:
        wanted = dict.fromkeys(self._targets())
        for target in [target for target in self._running if target not in wanted]:
            self._running.pop(target).cancel()
        for target in wanted:
            if target not in self._running:
                self._running[target] = tasks.create_task(self._reflector(target).run(), name=str(target.scope))
        if self._defined:
            self._drop_undefined()
            self._tell_of_unknown_versions()

    def _drop_undefined(self) -> None:
        """What the server says is not defined has no objects."""
        for watched in self._watched:
            if watched.crd and watched.crd not in self._definitions:
                for scope in self._scopes(watched):
                    self._picture.replace(scope, ())

    def _tell_of_unknown_versions(self) -> None:
        for watched in self._watched:
            served = self._definitions.get(watched.crd) if watched.crd else None
            if served and not watched.version_of(served):
                known, found = ", ".join(watched.versions), ", ".join(sorted(served))
                self._health.failing(watched.crd, f"{watched.crd} is served as {found}; what is read is {known}", ASK)
            elif watched.crd:
                self._health.gone(watched.crd)

    async def _ask(self) -> None:
        """Ask what is served, from time to time; a kind that is gone for the first time may be a server that starts."""
        before: dict[str, frozenset[str]] | None = None
        while True:
            pause = ASK
            try:
                found = await discovered(self._api, self._watched)
                if before is None:
                    self._expect(found)
                    pause = ASK_FIRST
                else:
                    self.define({**before, **found})
                before = found
                self._health.gone("discovery")
            except (Refusal, Unreachable) as error:
                self._health.failing("discovery", f"what is served is not known: {error}", ASK)
            await asyncio.sleep(jittered(pause))

    def _expect(self, definitions: Mapping[str, frozenset[str]]) -> None:
        """Begin with the kinds that are known to be there; whether there are more is not known yet."""
        self._definitions = {**self._definitions, **definitions}
        self._turn.set()

    def _reflector(self, target: Target) -> Reflector[Projected]:
        return Reflector(
            self._api,
            target.watched.path(target.version, target.scope.namespace),
            _Objects(self, target, self._picture, self._projection),
            self._health,
            query=dict(target.watched.query),
            lists=self._lists,
            streaming=self._streaming,
        )


class _Objects:
    """Hears of the objects of one kind."""

    def __init__(self, served: Served, target: Target, picture: Picture, projection: Projection) -> None:
        self._served = served
        self._watched, _, self._scope = target
        self._picture = picture
        self._projection = projection

    def read(self, tree: Tree) -> Projected:
        return self._projection(self._watched, tree)

    def replace(self, objects: list[Projected]) -> None:
        self._picture.replace(self._scope, objects)
        self._served.hear(self._scope)

    def put(self, one: Projected) -> None:
        self._picture.put(self._scope, one)
        self._served.hear(self._scope)

    def remove(self, tree: Tree) -> None:
        self._picture.remove(self._scope, self._projection.place(self._watched, tree["metadata"]))
        self._served.hear(self._scope)

    def forbidden(self) -> None:
        self._served.hear(self._scope)


class _Definition(NamedTuple):
    name: str
    versions: frozenset[str]


class _Definitions:
    """Hears of the definitions of kinds."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._known: dict[str, frozenset[str]] = {}

    def read(self, tree: Tree) -> _Definition:
        return _Definition(tree["metadata"]["name"], _versions(tree))

    def replace(self, objects: list[_Definition]) -> None:
        self._known = dict(objects)
        self._served.define(self._known)

    def put(self, one: _Definition) -> None:
        self._known[one.name] = one.versions
        self._served.define(self._known)

    def remove(self, tree: Tree) -> None:
        self._known.pop(tree["metadata"]["name"], None)
        self._served.define(self._known)

    def forbidden(self) -> None:
        self._served.blind()


def _versions(tree: Mapping[str, Any]) -> frozenset[str]:
    """Return the versions that are served; none before the definition is established."""
    conditions = (tree.get("status") or {}).get("conditions") or ()
    if not any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions):
        return frozenset()
    return frozenset(str(one["name"]) for one in tree["spec"]["versions"] if one.get("served"))
