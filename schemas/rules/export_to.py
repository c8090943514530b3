"""`exportTo`: the namespaces that may see an object. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.names import is_dns_label


def check_export_to(
    export_to: Sequence[str], path: str, namespace: str, *, nobody: bool = False, selective: bool = False
) -> Iterator[Fault]:
    """`*`, `.`, or names of namespaces, each once, `*` alone; `~` (with `nobody`, for ServiceEntry) alone.

    A DestinationRule with a workload selector (`selective`) stays in its own namespace.
    """
    seen: set[str] = set()
    for index, entry in enumerate(export_to):
        key = namespace if entry == "." else entry
        where = f"{path}[{index}]"
        if key in seen:
            own = f" (`.` is the own namespace, {namespace})" if "." in export_to and key == namespace else ""
            yield invalid(where, f"`{entry}` is there twice{own}")
        elif (problem := _entry_problem(key, nobody=nobody)) != "":
            yield invalid(where, problem)
        else:
            seen.add(key)
    if "*" in seen and len(export_to) > 1:
        yield invalid(path, "`*` already means every namespace: nothing else may stand beside it")
    if "~" in seen and len(export_to) > 1:
        yield invalid(path, "`~` means no namespace: nothing else may stand beside it")
    if selective and seen and seen != {namespace}:
        yield invalid(path, "a rule with a workload selector can only be exported to its own namespace (`.`)")


def _entry_problem(entry: str, *, nobody: bool) -> str:
    if entry == "*" or (entry == "~" and nobody) or is_dns_label(entry):
        return ""
    if entry == "~":
        return "`~` (no namespace) is only possible for a ServiceEntry"
    return f"`{entry[:80]}` is neither `.` nor `*` nor the name of a namespace"
