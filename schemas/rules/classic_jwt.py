"""Rules of tokens in classic authentication policies. Pure. Source: Istio 1.4's `validateJwt`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.rules.jwks import jwks_problem
from schemas.rules.regex import check_re2
from schemas.rules.request_authentication import check_jwks_uri, check_not_empty
from schemas.types.classic_jwt import Jwt


def check_classic_jwt(jwt: Jwt, path: str, issuers: set[str]) -> Iterator[Fault]:
    """An issuer that is not among `issuers`, to which it is added, and keys and tokens that can be found."""
    if not jwt.issuer:
        yield invalid(f"{path}.issuer", "the issuer is missing")
    elif jwt.issuer in issuers:
        yield invalid(f"{path}.issuer", f"the issuer `{jwt.issuer[:80]}` is there twice")
    issuers.add(jwt.issuer)
    yield from check_not_empty(jwt.audiences, f"{path}.audiences", "an audience")
    if jwt.jwks_uri:
        yield from check_jwks_uri(jwt.jwks_uri, f"{path}.jwksUri")
    if jwt.jwks and (problem := jwks_problem(jwt.jwks)):
        yield invalid(f"{path}.jwks", problem)
    yield from check_not_empty(jwt.jwt_headers, f"{path}.jwtHeaders", "the name of a header")
    yield from check_not_empty(jwt.jwt_params, f"{path}.jwtParams", "the name of a query parameter")
    for index, rule in enumerate(jwt.trigger_rules):
        for name, matches in (("excludedPaths", rule.excluded_paths), ("includedPaths", rule.included_paths)):
            for position, match in enumerate(matches):
                if match.regex is not None:
                    yield from check_re2(match.regex, f"{path}.triggerRules[{index}].{name}[{position}].regex")
