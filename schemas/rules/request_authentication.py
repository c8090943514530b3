"""Rules of RequestAuthentication. Pure. Source: Istio's `ValidateRequestAuthentication` and the rules of the CRD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.kinds.request_authentication import JWTRule, RequestAuthentication
from schemas.rules.fetched_url import check_fetched_url, split_url
from schemas.rules.headers import header_name_problem
from schemas.rules.jwks import jwks_problem
from schemas.rules.policy_target import check_policy_target


def check_request_authentication(policy: RequestAuthentication, path: str, namespace: str) -> Iterator[Fault]:
    """A target, and issuers whose keys and tokens can be found."""
    del namespace
    yield from check_policy_target(policy, path)
    for index, rule in enumerate(policy.jwt_rules):
        yield from _check_rule(rule, f"{path}.jwtRules[{index}]")


def check_jwks_uri(uri: str, path: str) -> Iterator[Fault]:
    """An http or https URL, and not one of the fetcher's own machine or network."""
    parts = split_url(uri)
    if parts is None or parts.scheme not in {"http", "https"}:
        yield invalid(path, f"`{uri[:80]}` is not a URL with the scheme http or https")
    elif not parts.hostname:
        yield invalid(path, f"`{uri[:80]}` names no host")
    else:
        yield from check_fetched_url(parts.hostname, path)


def check_not_empty(values: Sequence[str], path: str, what: str) -> Iterator[Fault]:
    """No value is empty; `what` says what one is."""
    for index, value in enumerate(values):
        if not value:
            yield invalid(f"{path}[{index}]", f"{what} must not be empty")


def _check_rule(rule: JWTRule, path: str) -> Iterator[Fault]:
    if not rule.issuer:
        yield invalid(f"{path}.issuer", "the issuer must not be empty")
    yield from check_not_empty(rule.audiences, f"{path}.audiences", "an audience")
    if rule.jwks_uri:
        yield from check_jwks_uri(rule.jwks_uri, f"{path}.jwksUri")
    if rule.jwks and (problem := jwks_problem(rule.jwks)):
        yield invalid(f"{path}.jwks", problem)
    for index, header in enumerate(rule.from_headers):
        if not header.name:
            yield invalid(f"{path}.fromHeaders[{index}].name", "the name of a header must not be empty")
    yield from check_not_empty(rule.from_params, f"{path}.fromParams", "the name of a query parameter")
    yield from check_not_empty(rule.from_cookies, f"{path}.fromCookies", "the name of a cookie")
    yield from check_not_empty(rule.space_delimited_claims, f"{path}.spaceDelimitedClaims", "the name of a claim")
    for index, copy in enumerate(rule.output_claim_to_headers):
        where = f"{path}.outputClaimToHeaders[{index}]"
        if not copy.claim:
            yield invalid(f"{where}.claim", "the name of a claim must not be empty")
        if problem := header_name_problem(copy.header):
            yield invalid(f"{where}.header", problem)
