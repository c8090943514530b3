"""Telemetries: whom they select, no two the same, and where access logs go. IST0101, IST0157, IST0159, IST0160. Pure.

Source: istio pkg/config/analysis/analyzers/telemetry/{selector,defaultselector,providers}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.few import few, few_by_first, in_words
from pipeline.stages.analyze.policies import policy_selector
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.workloads import any_known, labels_of, selected, selector
from pipeline.stages.mesh_config import mesh_config
from pipeline.stages.typed import typed_as
from schemas.kinds.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key

_KIND = "Telemetry"


def telemetry_problems(view: View, key: Key, spec: Telemetry) -> Iterator[Problem]:
    """Give what is wrong with a Telemetry among the others."""
    yield from _provider_problems(view, spec)
    labels = spec.selector.match_labels if spec.selector is not None else {}
    if not labels:
        yield from _selectorless(view, key)
        return
    if not view.derive(any_known, key.namespace):
        return
    wanted = selector(key.namespace, labels)
    found = view.derive(selected, wanted)
    if not found:
        hint = f"no known workload of {key.namespace} has these labels"
        yield Problem("IST0101", "spec.selector", f"Referenced selector not found: '{wanted}'", hint)
    alike = ((other, one) for one in found for other in view.derive(telemetries_of, one) if other != key)
    shared = dict(few_by_first(alike))
    if shared:
        who = in_words([f"{other.name} ({workload})" for other, workload in shared.items()])
        text = f"Other Telemetries of {key.namespace} select the same workloads: {who}"
        yield Problem("IST0159", "spec.selector", text, "give each its own labels", tuple(shared), "the other one")


def telemetries_of(view: View, workload: Key) -> tuple[Key, ...]:
    """Return the Telemetries whose selector a workload matches (a rule)."""
    labels = frozenset(view.derive(labels_of, workload))
    near = [key for pair in sorted(labels) for key in view.lookup(first_label, _KIND, (workload.namespace, *pair))]
    return tuple(key for key in dict.fromkeys(near) if view.derive(policy_selector, key) <= labels)


def first_label(view: View, key: Key) -> tuple[tuple[str, str, str], ...]:
    """Return namespace and first label of a Telemetry's selector (an index's rule)."""
    labels = sorted(view.derive(policy_selector, key))
    return ((key.namespace, *labels[0]),) if labels else ()


def unselective(view: View, key: Key) -> tuple[str, ...]:
    """Return the namespace of a Telemetry that says neither a selector nor a target (an index's rule)."""
    spec = typed_as(view, key, Telemetry)
    if spec is None or spec.target_ref is not None or spec.target_refs:
        return ()
    return () if view.derive(policy_selector, key) else (key.namespace,)


def _selectorless(view: View, key: Key) -> Iterator[Problem]:
    alike = view.lookup(unselective, _KIND, key.namespace)
    others = few(other for other in alike if other != key) if key in alike else ()
    if others:
        who = in_words([other.name for other in others])
        text = f"Other Telemetries of {key.namespace} have no selector either: {who}; only one counts"
        yield Problem("IST0160", "spec", text, "keep one, or give the others a selector", others, "the other one")


def _provider_problems(view: View, spec: Telemetry) -> Iterator[Problem]:
    bare = [number for number, logging in enumerate(spec.access_logging) if not logging.providers]
    if not bare:
        return
    defaults = view.derive(mesh_config, None).default_providers
    if defaults is None or not defaults.access_logging:
        for number in bare:
            text = "The access log names no provider, and the mesh has none by default: it is ignored"
            hint = "name providers, or set defaultProviders.accessLogging in the mesh's settings"
            yield Problem("IST0157", f"spec.accessLogging[{number}]", text, hint)
