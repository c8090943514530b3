"""Fields that a lenient model let through: found afterwards, as warnings. Pure.

For kinds of somebody else that grow faster than we do (Gateway API): a cluster may serve a newer version of them, so a
field that we do not know must not hold the object, and a misspelt one must not pass in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from schemas.fault import Fault
from schemas.shape import Annotation, fields_of, message_of, step
from schemas.structure import Steps, unknown_field


def unknown_fields(model: type[BaseModel], content: object, prefix: str) -> Iterator[Fault]:
    """A warning for each field, at any depth, that the model has not."""
    for steps in _unknown(model, content, ()):
        fault = unknown_field(model, steps, prefix)
        yield replace(fault, severity="warning", message=f"{fault.message}: it has no effect")


def _unknown(annotation: Annotation | None, value: object, at: Steps) -> Iterator[Steps]:
    if annotation is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(step(annotation, index), item, (*at, index))
    elif isinstance(value, dict):
        known = fields_of(model) if (model := message_of(annotation)) is not None else None
        for name, inner in value.items():
            if known is not None and name not in known:
                yield (*at, name)
            else:
                yield from _unknown(step(annotation, name), inner, (*at, name))
