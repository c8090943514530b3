"""Names of what is made of a registry's: valid, unique, and the same every time, whatever the registry allows. Pure."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from schemas.rules.labels import check_labels

SERVICE_LABEL: Final = "galley.dev/service"
"""The label that joins a WorkloadEntry to a service of a registry; its value is the ServiceEntry's name."""

_PLAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_HASHED = re.compile(r".*-[0-9a-f]{10}")
_WRONG = re.compile(r"[^a-z0-9]+")
_DIGITS: Final = 10
_LONGEST_SERVICE: Final = 41
_LONGEST_SOURCE: Final = 21
_LONGEST_LABEL: Final = 63


def label(text: str, longest: int = _LONGEST_LABEL) -> str:
    """Return a text as a part of a domain name: itself where it is one, else something like it with a digest of it.

    A text that looks as if it had a digest gets one of its own, so that no two texts ever give the same part.
    """
    if len(text) <= longest and _PLAIN.fullmatch(text) and not _HASHED.fullmatch(text):
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    like = _WRONG.sub("-", text.lower())[: longest - _DIGITS - 1].strip("-")
    return f"{like}-{digest}" if like else f"x-{digest}"


def service_name(qualified: str, source: str) -> str:
    """Return the name of a service's ServiceEntry, which is also the value of its label: `reviews.consul`.

    The parts of a name, which `/` divides, are parts of the result: `reviews/prod` gives `reviews.prod.nomad`.
    """
    name = ".".join(label(part) for part in qualified.split("/"))
    if len(name) > _LONGEST_SERVICE:
        name = label(qualified, _LONGEST_SERVICE)
    return f"{name}.{label(source, _LONGEST_SOURCE)}"


def instance_name(service: str, identity: str) -> str:
    """Return the name of an instance's WorkloadEntry, from its ServiceEntry's: `reviews.consul.node-1`."""
    return f"{service}.{label(identity)}"


def usable_label(key: str, value: str) -> bool:
    """Whether a pair can be a label, and is not the one that says which service a workload belongs to."""
    return key != SERVICE_LABEL and not any(check_labels({key: value}, ""))
