"""Rules of the classic Policy and MeshPolicy. Pure. Source: Istio 1.4's `ValidateAuthenticationPolicy`.

What the name of the object must be is with the other rules of names, in `schemas.identity`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.authentication_policy import Policy, PortSelector, TargetSelector
from schemas.rules.classic_jwt import check_classic_jwt
from schemas.rules.names import dns_label_problem
from schemas.rules.ports import port_problem


def check_authentication_policy(policy: Policy, path: str, namespace: str) -> Iterator[Fault]:
    """Services by their short names, and tokens of different issuers."""
    del namespace
    for index, target in enumerate(policy.targets):
        yield from _check_target(target, f"{path}.targets[{index}]")
    yield from _check_methods(policy, path)


def check_mesh_policy(policy: Policy, path: str, namespace: str) -> Iterator[Fault]:
    """No targets, since it is for the whole mesh."""
    del namespace
    if policy.targets:
        yield invalid(f"{path}.targets", "a MeshPolicy is for the whole mesh and has no targets", "use a Policy")
    yield from _check_methods(policy, path)


def _check_methods(policy: Policy, path: str) -> Iterator[Fault]:
    issuers: set[str] = set()
    for index, peer in enumerate(policy.peers):
        if peer.jwt is not None:
            yield from check_classic_jwt(peer.jwt, f"{path}.peers[{index}].jwt", issuers)
    for index, origin in enumerate(policy.origins):
        where = f"{path}.origins[{index}].jwt"
        if origin.jwt is None:
            yield invalid(where, "an origin needs a `jwt`")
        else:
            yield from check_classic_jwt(origin.jwt, where, issuers)


def _check_target(target: TargetSelector, path: str) -> Iterator[Fault]:
    if problem := dns_label_problem(target.name, "the short name of a service"):
        yield invalid(f"{path}.name", problem)
    for index, port in enumerate(target.ports):
        yield from _check_port(port, f"{path}.ports[{index}]")


def _check_port(port: PortSelector, path: str) -> Iterator[Fault]:
    if not port.number and not port.name:
        yield invalid(path, "one of number and name is needed")
    elif port.number and (problem := port_problem(port.number)):
        yield invalid(f"{path}.number", problem)
    elif port.name and (problem := dns_label_problem(port.name, "port name")):
        yield invalid(f"{path}.name", problem)
