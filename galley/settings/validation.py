"""How strictly objects are judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from galley.settings.branch import Branch, Several
from pipeline.model.codes import CATALOGUE


def _lowerable(code: str) -> str:
    known = CATALOGUE.get(code)
    if known is None or not known.lowerable:
        possible = ", ".join(sorted(one.code for one in CATALOGUE.values() if one.lowerable))
        what = "cannot be lowered" if known is not None else "is no code"
        msg = f"{code!r} {what}; these can be: {possible}"
        raise ValueError(msg)
    return code


class ValidationSettings(Branch):
    """`lower` names codes whose errors are warnings: where we are stricter than Istio, and an object must pass."""

    lower: Several[Annotated[str, AfterValidator(_lowerable)]] = Field(
        default=(), description="codes whose errors are warnings"
    )
