"""WasmPlugin: a WebAssembly filter in proxies. Pure model.

Source: istio.io/api extensions/v1alpha1/wasm.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from schemas.types.integers import Int32
from schemas.types.policy_target import TargetedPolicy
from schemas.types.wasm import PluginPhase, TrafficSelector, WasmModule


class WasmPlugin(TargetedPolicy, WasmModule):
    """A module, the proxies and the traffic that it is for, and its place among the filters."""

    phase: PluginPhase = "UNSPECIFIED_PHASE"
    priority: Int32 | None = None
    match: tuple[TrafficSelector, ...] = ()
