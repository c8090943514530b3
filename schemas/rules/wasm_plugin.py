"""Rules of WasmPlugin. Pure. Source: Istio's `ValidateWasmPlugin`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault
from schemas.kinds.wasm_plugin import WasmPlugin
from schemas.rules.policy_target import check_policy_target
from schemas.rules.wasm import check_traffic_selectors, check_wasm_module


def check_wasm_plugin(plugin: WasmPlugin, path: str, namespace: str) -> Iterator[Fault]:
    """A target, a module that can be fetched, ports that exist."""
    del namespace
    yield from check_policy_target(plugin, path)
    yield from check_wasm_module(plugin, path)
    yield from check_traffic_selectors(plugin.match, f"{path}.match")
