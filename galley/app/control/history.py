"""History as the API tells it: revisions, and what differs between two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import yaml

from galley.app.api.answers import Difference
from galley.app.control.refused import Refused
from galley.app.convert import place

if TYPE_CHECKING:
    from pipeline.log.contract import Log
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision

_SECRET = "Secret"  # noqa: S105  a kind's name


def revision_or_refuse(log: Log, number: int) -> Revision:
    """Return a revision that history has."""
    found = log.revision(number)
    if found is None:
        raise Refused(404, f"history has no revision {number}", "`galley log` lists those it has")
    return found


def content_or_refuse(log: Log, number: int) -> dict[Key, Digest]:
    """Return the mesh at a revision; 0 is the empty mesh."""
    if number == 0:
        return {}
    found = log.content(number)
    if found is None:
        raise Refused(404, f"history has no revision {number}", "`galley log` lists those it has")
    return found


def differences(log: Log, older: int, newer: int) -> list[Difference]:
    """Return what differs between two revisions, each object as YAML before and after."""
    before, after = content_or_refuse(log, older), content_or_refuse(log, newer)
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [_difference(log, key, before.get(key), after.get(key)) for key in keys]


def _difference(log: Log, key: Key, old: Digest | None, new: Digest | None) -> Difference:
    was, now = (log.body(digest) if digest else None for digest in (old, new))
    word = "added" if old is None else "removed" if new is None else "changed"
    latest = now or was
    return Difference(
        resource=str(key),
        change=word,
        before=_text(was),
        after=_text(now),
        origin=place(latest.origin) if latest else None,
    )


def _text(resource: Resource | None) -> str:
    """Return an object as YAML; a Secret's values are never shown, nor annotations, which may repeat them."""
    if resource is None:
        return ""
    secret = resource.key.kind == _SECRET
    if secret:
        resource = replace(resource, annotations=dict.fromkeys(resource.annotations, "(not shown)"))
    tree = resource.tree()
    if secret:
        tree["spec"] = f"(not shown; digest {resource.digest})"
    plain = orjson.loads(orjson.dumps(tree))
    return str(yaml.dump(plain, Dumper=yaml.CSafeDumper, default_flow_style=False, allow_unicode=True))
