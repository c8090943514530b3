"""BackendTLSPolicy and XBackendTrafficPolicy of the Gateway API, and BackendLBPolicy of old. Pure models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_names import DurationText, Hostname
from schemas.types.gateway_api_reference import LocalObjectReference, PolicyTargetReference
from schemas.types.gateway_api_session import SessionPersistence
from schemas.types.message import LenientMessage

_Targets = Annotated[tuple[PolicyTargetReference, ...], Field(max_length=16)]


class SubjectAltName(LenientMessage):
    """A name that the backend's certificate may have."""

    type: Literal["Hostname", "URI"]
    hostname: Annotated[str, Field(max_length=253)] = ""
    uri: Annotated[str, Field(max_length=253)] = ""


class BackendTLSPolicyValidation(LenientMessage):
    """What the backend's certificate must be."""

    ca_certificate_refs: Annotated[tuple[LocalObjectReference, ...], Field(max_length=8)] = ()
    well_known_ca_certificates: str | None = Field(default=None, alias="wellKnownCACertificates")
    hostname: Hostname
    subject_alt_names: Annotated[tuple[SubjectAltName, ...], Field(max_length=5)] = ()


class BackendTLSPolicy(LenientMessage):
    """The `spec` of a BackendTLSPolicy; `target_ref` and `tls` are the form of `v1alpha2`."""

    target_refs: _Targets = ()
    target_ref: PolicyTargetReference | None = None
    validation: BackendTLSPolicyValidation | None = None
    tls: BackendTLSPolicyValidation | None = None
    options: Annotated[dict[str, str], Field(max_length=16)] = Field(default_factory=dict)


class BudgetDetails(LenientMessage):
    """The share of requests that may be tries, over an interval."""

    percent: Annotated[int, Field(ge=0, le=100)] = 20
    interval: DurationText = "10s"


class RequestRate(LenientMessage):
    """Requests in an interval."""

    count: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    interval: DurationText = "1s"


class RetryConstraint(LenientMessage):
    """How many tries there may be in all."""

    budget: BudgetDetails | None = None
    min_retry_rate: RequestRate | None = None


class BackendTrafficPolicy(LenientMessage):
    """The `spec` of an XBackendTrafficPolicy, and of a BackendLBPolicy."""

    target_refs: _Targets
    retry_constraint: RetryConstraint | None = None
    session_persistence: SessionPersistence | None = None
