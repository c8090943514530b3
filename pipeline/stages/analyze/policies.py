"""Policies with a selector select somebody, and somebody for whom selectors count. IST0127, IST0166, IST0101. Pure.

In the mesh's root namespace a selector is for workloads of every namespace.
Source: istio pkg/config/analysis/analyzers/authz/authorizationpolicies.go, k8sgateway/workloadselector.go. Istio asks
for workloads of an AuthorizationPolicy only; the other kinds are as useless without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.stages.analyze.few import in_words
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.workloads import ANYWHERE, any_known, labels_of, selected, selector
from pipeline.stages.mesh_config import ROOT_NAMESPACE, mesh_config
from schemas.gateway_api_kinds import GATEWAY_NAME
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.authorization_policy import AuthorizationPolicy


def root_namespace(view: View, _: None) -> str:
    """Return the namespace whose policies are for the whole mesh (a rule)."""
    return view.derive(mesh_config, None).root_namespace or ROOT_NAMESPACE


def reach(view: View, namespace: str) -> str:
    """Return the namespace of the workloads that policies of a namespace are for; `ANYWHERE` for the root's."""
    return ANYWHERE if namespace == view.derive(root_namespace, None) else namespace


def workload_problems(view: View, key: Key, spec: Any) -> Iterator[Problem]:  # noqa: ANN401  policies of many kinds
    """Give what is wrong with the workloads that a policy selects; `spec` has a `selector`."""
    if spec.selector is None or not spec.selector.match_labels:
        return
    space = reach(view, key.namespace)
    wanted = selector(space, spec.selector.match_labels)
    if view.derive(selected, wanted) or not view.derive(any_known, space):
        return
    text = f"No matching workloads for this resource with the following labels: {wanted}"
    where = f"of {space}" if space else "of the mesh"
    yield Problem("IST0127", "spec.selector", text, f"no known workload {where} has these labels")


def gateway_selector_problems(view: View, key: Key, spec: Any) -> Iterator[Problem]:  # noqa: ANN401  as above
    """Give the Gateways of the Gateway API whose proxies a policy selects: selectors do not count there."""
    if spec.selector is None or not spec.selector.match_labels:
        return
    pods = (
        one for one in view.derive(selected, selector(key.namespace, spec.selector.match_labels)) if one.kind == "Pod"
    )
    names = {dict(view.derive(labels_of, pod)).get(GATEWAY_NAME, "") for pod in pods} - {""}
    if names:
        who = in_words(sorted(names))
        text = f"The selector selects proxies of the Gateway {who}, for which selectors do not count"
        yield Problem("IST0166", "spec.selector", text, "name the Gateway in `targetRefs` instead")


def namespace_problems(view: View, _key: Key, spec: AuthorizationPolicy) -> Iterator[Problem]:
    """Give the namespaces of sources that are not there; said only where Namespaces are known."""
    known = [one.name for one in view.keys("Namespace")]
    if not known:
        return
    for number, rule in enumerate(spec.rules):
        for position, origin in enumerate(rule.from_):
            source = origin.source
            for field, names in (
                ("namespaces", source.namespaces if source is not None else ()),
                ("notNamespaces", source.not_namespaces if source is not None else ()),
            ):
                for index, name in enumerate(names):
                    if not any(_is(one, name) for one in known):
                        path = f"spec.rules[{number}].from[{position}].source.{field}[{index}]"
                        text = f"Referenced namespace not found: {name!r}"
                        yield Problem(
                            "IST0101", path, text, did_you_mean(name, known) or "no Namespace of that name is known"
                        )


def _is(namespace: str, pattern: str) -> bool:
    """Tell whether a namespace is one that the pattern (`*`, `prefix*`, `*suffix`) means; case does not matter."""
    name, wanted = namespace.lower(), pattern.lower()
    if wanted.startswith("*"):
        return name.endswith(wanted[1:])
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted
