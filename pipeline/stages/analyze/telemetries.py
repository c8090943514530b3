"""Telemetries: whom they select, no two the same, and where access logs go. IST0101, IST0157, IST0159, IST0160. Pure.

Source: istio pkg/config/analysis/analyzers/telemetry/{selector,defaultselector,providers}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.same_workloads import Words, same_workload_problems
from pipeline.stages.mesh_config import mesh_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.telemetry import Telemetry

_WORDS: Final = Words("Telemetries", "selector", "IST0159", "IST0160", "give each its own labels")


def telemetry_problems(view: View, key: Key, spec: Telemetry) -> Iterator[Problem]:
    """Give what is wrong with a Telemetry among the others."""
    yield from _provider_problems(view, spec)
    yield from same_workload_problems(view, key, _WORDS)


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
