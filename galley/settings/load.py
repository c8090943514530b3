"""Reads the settings: defaults, a YAML file, the environment (`GALLEY_XDS__ADDRESS`), `--set`, then flags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import yaml
from pydantic import ValidationError

from galley.settings.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

_PREFIX = "GALLEY_"
_ISTIOS = {
    "PILOT_ENABLE_IP_AUTOALLOCATE": "mesh.ip_autoallocate",
    "ENABLE_TLS_ON_SIDECAR_INGRESS": "mesh.tls_on_sidecar_ingress",
}
_RESERVED = frozenset({"GALLEY_SERVER", "GALLEY_ENVOY", "GALLEY_JOIN_TOKEN", "GALLEY_FAILPOINT"})
_SERVICE_LINK = re.compile(r"GALLEY_(?:SERVICE_HOST|(?:SERVICE_)?PORT(?:_\w+)?)")
"""What Kubernetes puts into the environment of each pod beside a Service named `galley`: no settings."""


class BadSettings(ValueError):
    """A setting is unknown or out of range; the message names each key and what is allowed."""


def load_settings(
    file: Path | None, environment: Mapping[str, str], assignments: Iterable[str], flags: Mapping[str, object]
) -> Settings:
    """Return the settings; raise `BadSettings`. `assignments` are `KEY=VALUE`, values in YAML; `flags` dotted keys."""
    tree: dict[str, Any] = {}
    if file is not None:
        _merge(tree, _read(file))
    for name, key in _ISTIOS.items():
        if environment.get(name):
            _put(tree, key, environment[name])
    for name, value in environment.items():
        if name.startswith(_PREFIX) and name not in _RESERVED and not _SERVICE_LINK.fullmatch(name):
            _put(tree, name.removeprefix(_PREFIX).lower().replace("__", "."), _scalar(value))
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            msg = f"--set {assignment}: write KEY=VALUE, such as --set xds.address=127.0.0.1:15010"
            raise BadSettings(msg)
        _put(tree, key.strip(), _scalar(value))
    for key, flag in flags.items():
        _put(tree, key, flag)
    return _settle(tree)


def _settle(tree: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in found['loc'])}: {_say(found['msg'])}" for found in error.errors()]
        raise BadSettings("\n".join(lines)) from error


def _say(message: str) -> str:
    if message == "Extra inputs are not permitted":
        return "there is no such setting"
    return message.removeprefix("Value error, ")


def _read(file: Path) -> dict[str, Any]:
    try:
        value = yaml.safe_load(file.read_bytes())
    except OSError as error:
        msg = f"{file}: {error.strerror or error}"
        raise BadSettings(msg) from error
    except yaml.YAMLError as error:
        msg = f"{file}: {error}"
        raise BadSettings(msg) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        msg = f"{file}: the settings must be a mapping"
        raise BadSettings(msg)
    return cast("dict[str, Any]", value)


def _scalar(text: str) -> object:
    """Read a value as YAML, but keep what would not stay itself (an address, a path) as text; rules are in braces."""
    if not text or (":" in text and not text.startswith(("{", "[{"))):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _merge(tree: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = value


def _put(tree: dict[str, Any], dotted: str, value: object) -> None:
    *branches, leaf = dotted.split(".")
    for branch in branches:
        step = tree.setdefault(branch, {})
        if not isinstance(step, dict):
            msg = f"{dotted}: {branch} is a value, not a branch"
            raise BadSettings(msg)
        tree = step
    tree[leaf] = value
