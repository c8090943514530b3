"""What Istio's validation asks of an object's name and annotations, beyond Kubernetes' rules for metadata. Pure.

Source: Istio's `validateMetadata` and `ValidateGateway`; 1.4's `ValidateAuthenticationPolicy` and `checkRbacConfig`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid
from schemas.kind import Kind
from schemas.path import join

DRY_RUN = "istio.io/dry-run"
"""The annotation that only AuthorizationPolicy may have."""


DEFAULT = "default"
"""The name of classic objects of which there is one in a namespace, or in the mesh."""

_SINGLE = frozenset({"MeshPolicy", "RbacConfig", "ClusterRbacConfig"})
_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
_DRY_ACTIONS = frozenset({"ALLOW", "DENY"})


def check_identity(kind: Kind, name: str, annotations: Mapping[str, str], content: object = None) -> Iterator[Fault]:
    """A Gateway's name is a DNS label, since routes name it beside its namespace; only a policy runs dry.

    `content` is the object's model, where it could be read: for some classic kinds, it decides about the name.
    """
    if kind.foreign:
        return
    if kind.name == "Gateway" and "." in name:
        yield invalid("metadata.name", f"the name of a Gateway must not have dots, `{name[:80]}` has")
    if kind.name in _SINGLE and name != DEFAULT:
        yield invalid("metadata.name", f"the name of a {kind.name} must be `{DEFAULT}`, got `{name[:80]}`")
    if kind.name == "Policy" and kind.group == "authentication.istio.io" and content is not None:
        yield from _check_policy_name(name, targets=bool(getattr(content, "targets", ())))
    if DRY_RUN in annotations:
        yield from _check_dry_run(kind, annotations[DRY_RUN], content)


def _check_policy_name(name: str, *, targets: bool) -> Iterator[Fault]:
    if not targets and name != DEFAULT:
        hint = f"name it `{DEFAULT}`, or add `targets`"
        yield invalid("metadata.name", f"a Policy without targets must be named `{DEFAULT}`, got `{name[:80]}`", hint)
    if targets and name == DEFAULT:
        yield invalid("metadata.name", f"the Policy named `{DEFAULT}` is for the whole namespace and has no targets")


def _check_dry_run(kind: Kind, value: str, content: object) -> Iterator[Fault]:
    where = join("metadata.annotations", DRY_RUN)
    action = getattr(content, "action", "ALLOW")
    if kind.name != "AuthorizationPolicy" or kind.group != "security.istio.io":
        yield invalid(where, f"`{DRY_RUN}` works on an AuthorizationPolicy only")
    elif action not in _DRY_ACTIONS:
        yield invalid(where, f"`{DRY_RUN}` works with the actions ALLOW and DENY, not {action}")
    elif value not in _BOOLEANS:
        yield invalid(where, f"`{value[:40]}` is neither true nor false", 'write "true"')
