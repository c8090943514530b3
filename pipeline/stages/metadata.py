"""Names, namespaces, labels and annotations as Kubernetes takes them. Pure.

An object that an API server would refuse is refused here too, whatever source it comes from.
Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.model.path import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.resource import Resource

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL: Final = re.compile(_LABEL)
_SUBDOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_WORD: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL_SIZE: Final = 63
_SUBDOMAIN_SIZE: Final = 253
_ANNOTATIONS_SIZE: Final = 256 * 1024
_LABELLED: Final = frozenset({"Service", "Namespace"})
_SHOWN: Final = 60

_OF_LABEL = (
    "may have lower-case letters, digits and `-` only, at most 63, and must begin and end with a letter or digit"
)
_OF_SUBDOMAIN = (
    "may have lower-case letters, digits, `-` and `.` only, at most 253, and each part between dots must begin and end"
    " with a letter or digit"
)
_OF_WORD = "may have letters, digits, `-`, `_` and `.` only, at most 63, and must begin and end with a letter or digit"


class BadName(NamedTuple):
    """What is wrong, and the path of the field that has it."""

    path: str
    message: str


def bad_names(resource: Resource) -> Iterator[BadName]:
    """Give everything that is wrong with an object's metadata."""
    key = resource.key
    if key.kind in _LABELLED:
        if problem := label_problem(key.name):
            yield BadName("metadata.name", f"the name {_quoted(key.name)} {problem}")
    elif problem := _subdomain_problem(key.name):
        yield BadName("metadata.name", f"the name {_quoted(key.name)} {problem}")
    if key.namespace and (problem := label_problem(key.namespace)):
        yield BadName("metadata.namespace", f"the namespace {_quoted(key.namespace)} {problem}")
    for name, value in resource.labels.items():
        if problem := _qualified_problem(name):
            yield BadName(_path("labels", name), f"the label's key {_quoted(name)} {problem}")
        if value and (problem := _word_problem(value)):
            yield BadName(_path("labels", name), f"the value {_quoted(value)} of label {_quoted(name)} {problem}")
    yield from _bad_annotations(resource)


def _bad_annotations(resource: Resource) -> Iterator[BadName]:
    for name in resource.annotations:
        if problem := _qualified_problem(name.lower()):
            yield BadName(_path("annotations", name), f"the annotation's key {_quoted(name)} {problem}")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in resource.annotations.items())
    if size > _ANNOTATIONS_SIZE:
        yield BadName("metadata.annotations", f"the annotations have {size} bytes, {_ANNOTATIONS_SIZE} are allowed")


@lru_cache(maxsize=8192)
def label_problem(name: str) -> str:
    """Return what keeps the name from being a DNS label (RFC 1123), as words that follow it; empty where nothing."""
    return "" if len(name) <= _LABEL_SIZE and _DNS_LABEL.fullmatch(name) else _OF_LABEL


@lru_cache(maxsize=8192)
def _subdomain_problem(name: str) -> str:
    return "" if len(name) <= _SUBDOMAIN_SIZE and _SUBDOMAIN.fullmatch(name) else _OF_SUBDOMAIN


@lru_cache(maxsize=8192)
def _word_problem(word: str) -> str:
    return "" if len(word) <= _LABEL_SIZE and _WORD.fullmatch(word) else _OF_WORD


@lru_cache(maxsize=8192)
def _qualified_problem(name: str) -> str:
    """Say what is wrong with `name` or `prefix/name`."""
    prefix, slash, word = name.rpartition("/")
    if slash and (problem := _subdomain_problem(prefix)):
        return f"has the prefix {_quoted(prefix)}, which {problem}"
    return _word_problem(word)


def _path(field: str, name: str) -> str:
    return format_path(("metadata", field, name))


def _quoted(text: str) -> str:
    return f"`{text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}`"
