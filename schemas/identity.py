"""Names, labels and annotations of an object: what an API server and Istio's validation ask of metadata. Pure.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, and Istio's `validateMetadata`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid
from schemas.kind import Kind
from schemas.path import join
from schemas.rules.labels import check_labels

DRY_RUN = "istio.io/dry-run"
"""The annotation that only AuthorizationPolicy may have."""

_PART = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_LABEL = re.compile(_PART)
_SUBDOMAIN = re.compile(rf"{_PART}(?:\.{_PART})*")
_LONGEST_LABEL = 63
_LONGEST_NAME = 253
_LARGEST_ANNOTATIONS = 256 * 1024


def check_identity(
    kind: Kind, name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Iterator[Fault]:
    """The name is a DNS subdomain (a Gateway's a DNS label), the namespace a DNS label, labels are labels."""
    if len(name) > _LONGEST_NAME or not _SUBDOMAIN.fullmatch(name):
        allowed = "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit"
        yield invalid("metadata.name", f"`{name[:80]}` is not a valid name: {allowed}", _lowered(name))
    elif kind.name == "Gateway" and kind.group == "networking.istio.io" and "." in name:
        yield invalid("metadata.name", f"the name of a Gateway must not have dots, `{name[:80]}` has")
    if namespace and (len(namespace) > _LONGEST_LABEL or not _LABEL.fullmatch(namespace)):
        text = f"`{namespace[:80]}` is not a valid namespace: lower-case letters, digits and inner `-`, up to 63"
        yield invalid("metadata.namespace", text, _lowered(namespace))
    yield from check_labels(labels, "metadata.labels")
    if DRY_RUN in annotations and kind.name != "AuthorizationPolicy" and not kind.foreign:
        yield invalid(join("metadata.annotations", DRY_RUN), f"`{DRY_RUN}` works on an AuthorizationPolicy only")
    size = sum(len(key) + len(value) for key, value in annotations.items())
    if size > _LARGEST_ANNOTATIONS:
        yield invalid("metadata.annotations", f"the annotations have {size} characters, 256 KiB is the most")


def _lowered(name: str) -> str:
    plain = name.lower().replace("_", "-")
    return f"write `{plain[:80]}`" if plain != name and _SUBDOMAIN.fullmatch(plain) else ""
