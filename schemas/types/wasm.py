"""WebAssembly filters: where the module comes from, and how it runs. Pure; shared by WasmPlugin and TrafficExtension.

Source: istio.io/api extensions/v1alpha1/{wasm,traffic_extension}.proto (1.30).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.free_object import FreeObject
from schemas.types.message import Message
from schemas.types.policy_target import PortSelector

PluginPhase = Literal["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"]


class EnvVar(Message):
    """A variable of the module's environment: a value, or the proxy's own (`HOST`)."""

    name: str
    value_from: Literal["INLINE", "HOST"] = "INLINE"
    value: Annotated[str, Field(max_length=2048)] = ""


class VmConfig(Message):
    """The machine that the module runs in."""

    env: Annotated[tuple[EnvVar, ...], Field(max_length=256)] = ()


class TrafficSelector(Message):
    """The traffic that a filter is for, by its direction and destination port."""

    mode: Literal["UNDEFINED", "CLIENT", "SERVER", "CLIENT_AND_SERVER"] = "UNDEFINED"
    ports: tuple[PortSelector, ...] = ()


class WasmModule(Message):
    """A module, its checksum, and what it is given."""

    url: str
    sha256: str = ""
    image_pull_policy: Literal["UNSPECIFIED_POLICY", "IfNotPresent", "Always"] = "UNSPECIFIED_POLICY"
    image_pull_secret: str | None = None
    verification_key: str = ""
    plugin_config: FreeObject | None = None
    plugin_name: str | None = None
    fail_strategy: Literal["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"] = "FAIL_CLOSE"
    vm_config: VmConfig | None = None
    type: Literal["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"] = "UNSPECIFIED_PLUGIN_TYPE"
