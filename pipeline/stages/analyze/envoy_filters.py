"""EnvoyFilters: operations that fit what they patch, and an order that can be told. IST0151 to IST0155. Pure.

Source: istio pkg/config/analysis/analyzers/envoyfilter/envoyfilter.go. There, whether a filter of the same name asks
for a version of the proxy depends on the order in which they are looked at; here it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.stages.analyze.few import few
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.kinds.envoy_filter import EnvoyConfigObjectPatch, EnvoyFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key

_ROUTES: Final = frozenset({"ROUTE_CONFIGURATION", "HTTP_ROUTE"})
_FILTERS: Final = frozenset({"NETWORK_FILTER", "HTTP_FILTER"})
_RELATIVE: Final = frozenset({"REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER"})


def envoy_filter_problems(view: View, key: Key, spec: EnvoyFilter) -> Iterator[Problem]:
    """Give the operations that do nothing, or of which the order is not said."""
    for number, entry in enumerate(spec.config_patches):
        operation = entry.patch.operation if entry.patch is not None else ""
        path = f"spec.configPatches[{number}]"
        misused = _misused(operation, entry.apply_to)
        if misused:
            text = f"The operation {operation} does nothing on {entry.apply_to}"
            yield Problem(misused, f"{path}.patch.operation", text, "use another operation, or patch something else")
        elif operation in _RELATIVE and not spec.priority:
            yield _unordered(view, key, spec, number)


def patched_name(entry: EnvoyConfigObjectPatch) -> str:
    """Return the name of what a patch adds or changes: that in its value, else that of the filter that it matches."""
    value = entry.patch.value if entry.patch is not None else None
    if not value:
        return ""
    if "name" in value:
        return str(value["name"])
    listener = entry.match.listener if entry.match is not None else None
    chain = listener.filter_chain if listener is not None else None
    return chain.filter.name if chain is not None and chain.filter is not None else ""


def versioned_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the names that an EnvoyFilter patches for some versions of the proxy only (an index's rule)."""
    spec = typed_as(view, key, EnvoyFilter)
    entries = spec.config_patches if spec is not None else ()
    names = (patched_name(entry) for entry in entries if _is_versioned(entry))
    return tuple(name for name in dict.fromkeys(names) if name)


def _is_versioned(entry: EnvoyConfigObjectPatch) -> bool:
    match = entry.match
    return match is not None and match.proxy is not None and bool(match.proxy.proxy_version)


def _misused(operation: str, apply_to: str) -> str:
    if operation == "ADD" and apply_to in _ROUTES:
        return "IST0153"
    if operation == "REMOVE" and apply_to in _ROUTES:
        return "IST0154"
    return "IST0152" if operation == "REPLACE" and apply_to not in _FILTERS else ""


def _unordered(view: View, key: Key, spec: EnvoyFilter, number: int) -> Problem:
    entry = spec.config_patches[number]
    name = patched_name(entry)
    others = few(one for one in view.lookup(versioned_names, "EnvoyFilter", name) if one != key) if name else ()
    beside = (one for at, one in enumerate(spec.config_patches) if at != number and _is_versioned(one))
    operation = entry.patch.operation if entry.patch is not None else ""
    text = f"The operation {operation} depends on what other EnvoyFilters have done before, and no priority is set"
    path, hint = f"spec.configPatches[{number}]", "set `priority`, or use INSERT_FIRST or ADD"
    if others or (name and any(patched_name(one) == name for one in beside)):
        text += f"; another patch of {name} is for some versions of the proxy only"
        return Problem("IST0155", path, text, hint, others, "patches it for some versions")
    return Problem("IST0151", path, text, hint)
