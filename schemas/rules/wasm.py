"""Rules of WebAssembly modules. Pure. Source: Istio's `ValidateWasmPlugin` and the rules of the CRD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.fetched_url import check_fetched_url, split_url
from schemas.rules.policy_target import check_port_selector
from schemas.types.wasm import EnvVar, TrafficSelector, WasmModule

_SCHEMES = ("http", "https", "oci", "file")
_SHA256 = re.compile(r"[a-f0-9]{64}")
_LONGEST_SECRET = 253
_LONGEST_NAME = 256
_AT = "@sha256:"


def check_wasm_module(module: WasmModule, path: str) -> Iterator[Fault]:
    """A URL that can be fetched, a checksum that can be one, variables with names of their own."""
    yield from _check_url(module, path)
    if module.sha256 and not _SHA256.fullmatch(module.sha256):
        yield invalid(f"{path}.sha256", "a checksum has 64 characters of 0-9 and a-f")
    for name, text, longest in (
        ("imagePullSecret", module.image_pull_secret, _LONGEST_SECRET),
        ("pluginName", module.plugin_name, _LONGEST_NAME),
    ):
        if text is not None and not 1 <= len(text) <= longest:
            yield invalid(f"{path}.{name}", f"needs 1 to {longest} characters, has {len(text)}")
    if module.vm_config is not None:
        yield from _check_environment(module.vm_config.env, f"{path}.vmConfig.env")


def check_traffic_selectors(selectors: Sequence[TrafficSelector], path: str) -> Iterator[Fault]:
    """Each port is one."""
    for index, selector in enumerate(selectors):
        for position, port in enumerate(selector.ports):
            yield from check_port_selector(port, f"{path}[{index}].ports[{position}]")


def _check_url(module: WasmModule, path: str) -> Iterator[Fault]:
    where = f"{path}.url"
    if not module.url:
        yield invalid(where, "the URL of the module must not be empty")
        return
    text = module.url if "://" in module.url else f"oci://{module.url}"
    parts = split_url(text)
    if parts is None or (parts.scheme != "file" and not parts.hostname):
        yield invalid(where, f"`{module.url[:80]}` is not a URL of a module", "such as oci://registry/image:tag")
    elif parts.scheme not in _SCHEMES:
        yield invalid(where, f"the scheme of `{module.url[:80]}` is not one of {', '.join(_SCHEMES)}")
    elif parts.scheme != "file":
        yield from check_fetched_url(parts.hostname or "", where)
    if module.sha256 and _AT in module.url and module.url.rpartition(_AT)[2] != module.sha256:
        yield invalid(f"{path}.sha256", "the checksum is not the one in the URL")


def _check_environment(variables: Sequence[EnvVar], path: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        where = f"{path}[{index}]"
        if not 1 <= len(variable.name) <= _LONGEST_NAME:
            yield invalid(f"{where}.name", f"needs 1 to {_LONGEST_NAME} characters, has {len(variable.name)}")
        elif variable.name in seen:
            yield invalid(f"{where}.name", f"the variable `{variable.name[:80]}` is there twice")
        seen.add(variable.name)
        if variable.value_from != "INLINE" and variable.value:
            yield invalid(f"{where}.value", "a value and `valueFrom: HOST` exclude each other", "remove one of them")
