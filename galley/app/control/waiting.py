"""What `galley wait` waits for, and how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from galley.app.api.answers import Live, Waited
from galley.app.control.status import held_answers, live, refusals
from galley.app.place_text import place_text
from pipeline.model.key import Key
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from galley.app.fleet.fleet import Fleet
    from pipeline.engines.contract import Engine


def waited(fleet: Fleet, revision: int, newest: int) -> Waited:
    """Return how far a revision is; done where it is published and live on every connected proxy of all servers."""
    count = live(fleet, revision)
    done = revision <= newest and count.applied == count.of and not fleet.unknown
    refused = refusals(fleet.live(revision).refused, fleet.blame) if count.refused else []
    if revision > newest:
        text = f"revision {revision} is not there yet; the newest is {newest}"
    elif done and not count.of:
        text = f"revision {revision} is published; no proxy is connected"
    elif fleet.unknown:
        text = f"live on {count.applied} of {count.of} proxies of this server; {fleet.unknown}"
    else:
        text = f"live on {count.applied} of {count.of} proxies"
    for server, lost in fleet.lost().items():
        text += f"; {lost} of the server {server}, which is silent, {'is' if lost == 1 else 'are'} not counted"
    return Waited(revision=revision, live=count, done=done, final=done or bool(refused), refused=refused, message=text)


def key_named(kind: str, name: str) -> Key:
    """Return the object of a kind (`VirtualService`, `virtualservice`, `vs`) and `NAMESPACE/NAME`, or `NAME`."""
    namespace, slash, rest = name.rpartition("/")
    word = kind.lower()
    for found in DEFAULT_REGISTRY:
        if word in (found.name.lower(), found.plural, *found.short_names):
            kind, slash = found.name, slash or ("" if found.namespaced else "/")
            break
    return Key(kind, namespace if slash else "default", rest)


async def last_change(engine: Engine, key: Key) -> int | None:
    """Return the revision that last changed an object; None where none has."""
    if key in engine.state.since:
        return engine.state.since[key]
    found = await asyncio.to_thread(engine.log.history, 1, None, key)
    return found[0].number if found else None


def held_back(engine: Engine, key: Key) -> Waited | None:
    """Return that an object's latest words will not be live, and why, where they are held."""
    for answer in held_answers(engine.state):
        if answer.resource == str(key):
            where = place_text(answer.source, answer.file, answer.line)
            return not_live(f"{key} is held: {where}: {answer.code}: {answer.message}; {answer.serving}", final=True)
    return guarded(engine, str(key)) if key in engine.state.pending else None


def guarded(engine: Engine, what: str) -> Waited | None:
    """Return that something is in the revision which the shrink guard holds; None where it holds none."""
    hold = engine.state.hold
    if hold is None:
        return None
    text = f"{what} is held by the shrink guard; `galley confirm {hold.number}` lets it through"
    return not_live(text, final=True)


def not_there(key: Key) -> Waited:
    """Return that no revision has the object yet."""
    return not_live(f"no revision has changed {key}; `galley status` says what is held", final=False)


def not_live(message: str, *, final: bool) -> Waited:
    """Return why there is no revision to wait for."""
    return Waited(revision=0, live=Live(applied=0, of=0, refused=0), done=False, final=final, message=message)
