"""`KubeLabelSelector`: a selector with the expressions that Kubernetes has. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.types.message import Message


class LabelSelectorRequirement(Message):
    """A key and what its values must be."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()


class KubeLabelSelector(Message):
    """Labels and expressions that must all hold; an empty one selects everything."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()
