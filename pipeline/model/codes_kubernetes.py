"""Codes GLY0070 to GLY0079: what reading the objects of a cluster finds. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error

TOO_MUCH: Final = "GLY0070"
NOT_UNDERSTOOD: Final = "GLY0071"

KUBERNETES_CODES: tuple[Code, ...] = (
    error(
        TOO_MUCH,
        "The object of a cluster is too large or too deep to be read",
        "An API server takes objects that no control plane should carry to its proxies. What is above the limits in"
        " size or in levels of nesting is not read; what the object said before stays in effect, and nothing else is"
        " affected.",
        "Split the object into several, or take out what nests without end.",
    ),
    error(
        NOT_UNDERSTOOD,
        "The object of a cluster cannot be read",
        "Reading the object failed, which is a fault of Galley's and not of the object's. What the object said before"
        " stays in effect, and nothing else is affected.",
        "Please report it with the object; changing the object back, or its version, may help meanwhile.",
    ),
)
