"""`Registered`: what is known of a cluster's ValidatingWebhookConfiguration, for whoever asks how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Insistence: TypeAlias = Literal["unknown", "absent", "Ignore", "Fail"]
"""The object's failurePolicy when it was last seen; it was not there; it could not be seen yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One cluster's object. `since`: seconds since the epoch from which we know it so, 0 where it is unknown.

    `trouble` is why it is not as it should be, without secrets; empty where all is well or it is absent.
    """

    cluster: str
    configuration: str
    policy: Insistence
    since: float
    trouble: str
