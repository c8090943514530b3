"""Objects of which a workload takes one, and that select the same ones: by their labels, or by having none. Pure.

IST0101 where a selector selects nobody; the other codes are each kind's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.analyze.few import few, few_by_first, in_words
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.selecting import selecting, selector_of
from pipeline.stages.analyze.workloads import any_known, selected, selector
from pipeline.stages.typed import typed
from schemas.types.policy_target import TargetedPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key


class Words(NamedTuple):
    """How it is told of a kind: of several, its field, the codes of two with it and of two without it, a hint."""

    several: str
    field: str
    alike: str
    without: str
    hint: str


def same_workload_problems(view: View, key: Key, words: Words) -> Iterator[Problem]:
    """Give what is wrong with the workloads that an object selects."""
    labels = dict(view.derive(selector_of, key))
    if not labels:
        yield from _selectorless(view, key, words)
        return
    if not view.derive(any_known, key.namespace):
        return
    path, wanted = f"spec.{words.field}", selector(key.namespace, labels)
    found = view.derive(selected, wanted)
    if not found:
        hint = f"no known workload of {key.namespace} has these labels"
        yield Problem("IST0101", path, f"Referenced selector not found: '{wanted}'", hint)
    alike = ((other, one) for one in found for other in view.derive(selecting, (key.kind, one)) if other != key)
    shared = dict(few_by_first(alike))
    if shared:
        who = in_words([f"{other.name} ({workload})" for other, workload in shared.items()])
        text = f"Other {words.several} of {key.namespace} select the same workloads: {who}"
        yield Problem(words.alike, path, text, words.hint, tuple(shared), "the other one")


def unselective(view: View, key: Key) -> tuple[str, ...]:
    """Return the namespace of an object that says neither a selector nor a target (an index's rule)."""
    spec = view.derive(typed, key)
    if spec is None or (isinstance(spec, TargetedPolicy) and (spec.target_ref is not None or spec.target_refs)):
        return ()
    return () if view.derive(selector_of, key) else (key.namespace,)


def _selectorless(view: View, key: Key, words: Words) -> Iterator[Problem]:
    alike = view.lookup(unselective, key.kind, key.namespace)
    others = few(other for other in alike if other != key) if key in alike else ()
    if others:
        who = in_words([other.name for other in others])
        text = f"Other {words.several} of {key.namespace} have no {words.field} either: {who}; only one counts"
        yield Problem(words.without, "spec", text, "keep one, or give the others a selector", others, "the other one")
