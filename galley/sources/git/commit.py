"""`Commit`: what a commit says of itself, read from its object. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from galley.sources.git.git_error import GitError
from galley.sources.git.plain import plain

_AUTHOR = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>\s*(?P<at>\d{1,15})?")
_TREE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_LONGEST = 200


class Commit(NamedTuple):
    """A commit: its id and tree, its author as `NAME <EMAIL>`, the time (seconds) it was made and its first line."""

    oid: str
    tree: str
    author: str
    at: float
    subject: str


def read_commit(oid: str, data: bytes) -> Commit:
    """Return the commit of an object's content; raise `GitError` where it is none. What people wrote is made plain."""
    head, _, message = data.partition(b"\n\n")
    fields: dict[str, str] = {}
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        if name and not line.startswith(b" "):
            fields.setdefault(name.decode("ascii", "replace"), value.decode("utf-8", "replace"))
    tree = fields.get("tree", "")
    if not _TREE.match(tree):
        raise GitError(f"{oid} is no commit")
    author, at = _person(fields.get("author", ""))
    subject = message.lstrip(b"\n").partition(b"\n")[0].decode("utf-8", "replace")
    return Commit(oid, tree, author, at, plain(subject, _LONGEST))


def _person(text: str) -> tuple[str, float]:
    found = _AUTHOR.match(text)
    if found is None:
        return plain(text, _LONGEST), 0.0
    name, email = plain(found["name"], _LONGEST), plain(found["email"], _LONGEST)
    return (f"{name} <{email}>" if email else name).strip(), float(found["at"] or 0)
