"""Rules of BackendTLSPolicy and XBackendTrafficPolicy. Pure.

Source: the CEL rules of the Gateway API's CRDs (apis/v1/backendtlspolicy_types.go, apisx/v1alpha1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from schemas.fault import Fault, invalid
from schemas.kinds.gateway_api_policies import (
    BackendTLSPolicy,
    BackendTLSPolicyValidation,
    BackendTrafficPolicy,
    SubjectAltName,
)
from schemas.rules.gateway_api_names import check_duration, check_object, check_some
from schemas.rules.gateway_api_references import check_targets
from schemas.rules.gateway_api_session import check_session
from schemas.rules.kube_names import SUBDOMAIN, host_problem

_URI: Final = re.compile(r"[^:/?#]+:(?://[^/?#]*)?[^?#]*(?:\?[^#]*)?(?:#.*)?")
_WELL_KNOWN: Final = re.compile(rf"System|{SUBDOMAIN.pattern}/.+")


def check_gateway_api_tls_policy(policy: BackendTLSPolicy, path: str, namespace: str) -> Iterator[Fault]:
    """Targets; one source of authorities; names that go with their types."""
    del namespace
    field = "validation" if policy.validation is not None or policy.tls is None else "tls"
    validation = policy.validation or policy.tls
    if not policy.target_refs and policy.target_ref is None:
        yield invalid(f"{path}.targetRefs", "a policy needs at least one target")
    yield from check_targets(policy.target_refs, f"{path}.targetRefs")
    if validation is None:
        yield invalid(f"{path}.validation", "a BackendTLSPolicy needs `validation`")
        return
    yield from _check_validation(validation, f"{path}.{field}")


def check_gateway_api_traffic_policy(policy: BackendTrafficPolicy, path: str, namespace: str) -> Iterator[Fault]:
    """Targets; durations that are such."""
    del namespace
    yield from check_some(policy.target_refs, f"{path}.targetRefs", "target")
    yield from check_targets(policy.target_refs, f"{path}.targetRefs")
    yield from check_session(policy.session_persistence, f"{path}.sessionPersistence")
    constraint = policy.retry_constraint
    if constraint is not None and constraint.budget is not None:
        yield from check_duration(constraint.budget.interval, f"{path}.retryConstraint.budget.interval")
    if constraint is not None and constraint.min_retry_rate is not None:
        yield from check_duration(constraint.min_retry_rate.interval, f"{path}.retryConstraint.minRetryRate.interval")


def _check_validation(validation: BackendTLSPolicyValidation, path: str) -> Iterator[Fault]:
    known = validation.well_known_ca_certificates
    if validation.ca_certificate_refs and known:
        yield invalid(path, "the authorities are either caCertificateRefs or wellKnownCACertificates, not both")
    elif not validation.ca_certificate_refs and not known:
        yield invalid(path, "the authorities are missing", "add caCertificateRefs, or wellKnownCACertificates: System")
    if known and not _WELL_KNOWN.fullmatch(known):
        yield invalid(f"{path}.wellKnownCACertificates", f"`{known[:80]}` is neither System nor domain/name")
    for index, reference in enumerate(validation.ca_certificate_refs):
        yield from check_object(reference.group, reference.kind, None, f"{path}.caCertificateRefs[{index}]")
    if problem := host_problem(validation.hostname, wildcard=False):
        yield invalid(f"{path}.hostname", problem)
    for index, name in enumerate(validation.subject_alt_names):
        yield from _check_name(name, f"{path}.subjectAltNames[{index}]")


def _check_name(name: SubjectAltName, path: str) -> Iterator[Fault]:
    for type_, field, text in (("Hostname", "hostname", name.hostname), ("URI", "uri", name.uri)):
        if name.type == type_ and not text:
            yield invalid(f"{path}.{field}", f"a name of the type {type_} needs `{field}`")
        elif name.type != type_ and text:
            yield invalid(f"{path}.{field}", f"`{field}` does not go with the type {name.type}")
    if name.type == "Hostname" and name.hostname and (problem := host_problem(name.hostname)):
        yield invalid(f"{path}.hostname", problem)
    if name.type == "URI" and name.uri and not _URI.fullmatch(name.uri):
        yield invalid(f"{path}.uri", f"`{name.uri[:80]}` is not an absolute URI such as spiffe://domain/path")
