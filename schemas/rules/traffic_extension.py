"""Rules of TrafficExtension. Pure. Source: the API's text and the rules of the CRD (1.30)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.traffic_extension import TrafficExtension
from schemas.rules.policy_target import check_policy_target
from schemas.rules.wasm import check_traffic_selectors, check_wasm_module


def check_traffic_extension(extension: TrafficExtension, path: str, namespace: str) -> Iterator[Fault]:
    """A target, one filter, ports that exist."""
    del namespace
    yield from check_policy_target(extension, path)
    yield from check_traffic_selectors(extension.match, f"{path}.match")
    if extension.wasm is not None:
        yield from check_wasm_module(extension.wasm, f"{path}.wasm")
    elif extension.lua is None:
        yield invalid(path, "one of `wasm` and `lua` is needed")
