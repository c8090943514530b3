"""The catalogue of diagnostic codes: where a rule is Istio's, its code is Istio's; ours start with GLY. Pure data.

A code is never reused for another meaning. Each has a page, `galley explain CODE`, made from its entry. The entries
stand in a file for each area, `codes_document.py` and its neighbours; here they become one mapping.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.model.codes_document import DOCUMENT_CODES
from pipeline.model.codes_git import GIT_CODES
from pipeline.model.codes_istio import ISTIO_CODES
from pipeline.model.codes_kafka import KAFKA_CODES
from pipeline.model.codes_kubernetes import KUBERNETES_CODES
from pipeline.model.codes_registry import REGISTRY_CODES
from pipeline.model.codes_schema import SCHEMA_CODES
from pipeline.model.codes_stage import STAGE_CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.code import Code

_ALL = (
    *DOCUMENT_CODES,
    *KUBERNETES_CODES,
    *REGISTRY_CODES,
    *KAFKA_CODES,
    *SCHEMA_CODES,
    *STAGE_CODES,
    *GIT_CODES,
    *ISTIO_CODES,
)

CATALOGUE: Mapping[str, Code] = MappingProxyType({entry.code: entry for entry in _ALL})
"""Every code that any part may emit, by its name."""

assert len(CATALOGUE) == len(_ALL), "a code stands twice in the catalogue"
