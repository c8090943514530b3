"""TrafficExtension: a WebAssembly or Lua filter in proxies. Pure model.

Source: istio.io/api extensions/v1alpha1/traffic_extension.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from schemas.types.integers import Int32
from schemas.types.message import Message, OneOfMessage
from schemas.types.policy_target import PolicyTargets
from schemas.types.wasm import PluginPhase, TrafficSelector, WasmModule


class LuaConfig(Message):
    """A script with `envoy_on_request`, `envoy_on_response`, or both."""

    inline_code: Annotated[str, Field(min_length=1, max_length=65536)]


class TrafficExtension(PolicyTargets, OneOfMessage):
    """A filter, the proxies and the traffic that it is for, and its place among the filters."""

    ONE_OF: ClassVar = (("wasm", "lua"),)

    phase: PluginPhase = "UNSPECIFIED_PHASE"
    priority: Int32 | None = None
    match: tuple[TrafficSelector, ...] = ()
    wasm: WasmModule | None = None
    lua: LuaConfig | None = None
