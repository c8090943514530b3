"""Envoy's messages by their names: the module of each is imported when somebody first asks for it. Pure otherwise."""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)+")
_PACKAGES: Final = ("envoy.", "xds.", "udpa.", "google.protobuf.", "google.rpc.", "google.api.", "opentelemetry.proto.")
_OLD: Final = re.compile(r"envoy\.(?:.+\.)?v2(?:alpha\d*)?\.")
_LONGEST: Final = 200
_FROZEN: Final = 1
_OTHERS: Final = (
    "istio.",
    "io.istio.",
    "stats.PluginConfig",
    "stackdriver.config.",
    "envoy.extensions.compression.qatzip.",
    "envoy.extensions.config.golang.",
    "envoy.extensions.filters.http.checksum.",
    "envoy.extensions.filters.http.dynamo.",
    "envoy.extensions.filters.http.golang.",
    "envoy.extensions.filters.http.language.",
    "envoy.extensions.filters.http.squash.",
    "envoy.extensions.filters.http.sxg.",
    "envoy.extensions.filters.network.client_ssl_auth.",
    "envoy.extensions.filters.network.generic_proxy.",
    "envoy.extensions.filters.network.golang.",
    "envoy.extensions.filters.network.kafka_broker.",
    "envoy.extensions.filters.network.kafka_mesh.",
    "envoy.extensions.filters.network.mysql_proxy.",
    "envoy.extensions.filters.network.postgres_proxy.",
    "envoy.extensions.filters.network.rocketmq_proxy.",
    "envoy.extensions.filters.network.sip_proxy.",
    "envoy.extensions.matching.input_matchers.hyperscan.",
    "envoy.extensions.network.connection_balance.dlb.",
    "envoy.extensions.private_key_providers.",
    "envoy.extensions.regex_engines.hyperscan.",
    "envoy.extensions.router.cluster_specifier.golang.",
    "envoy.extensions.tap_sinks.udp_sink.",
    "envoy.extensions.vcl.",
)
"""Messages of Istio's own proxy, and of Envoy's contributed extensions: there are such, of a shape that is not here."""


@cache
def message_type(name: str) -> Descriptor | None:
    """The message of that full name (`envoy.config.cluster.v3.Cluster`); `None` where Envoy has none."""
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or not name.startswith(_PACKAGES) or is_old(name):
        return None
    found = _known(name)
    package = name
    while found is None and "." in package:
        package = package.rpartition(".")[0]
        _load(package)
        found = _known(name)
    return found


def is_old(name: str) -> bool:
    """Whether a message is of the second version of Envoy's API, which no proxy takes any more."""
    return _OLD.match(name) is not None


def is_elsewhere(name: str) -> bool:
    """Whether a message is known to be, though its shape is not: Istio's own, and contributed ones."""
    return name.startswith(_OTHERS)


@cache
def is_frozen(message: Descriptor) -> bool:
    """Whether the message is of a version of Envoy's API that was given up."""
    from udpa.annotations.status_pb2 import file_status  # noqa: PLC0415  loaded with the first EnvoyFilter

    options = message.file.GetOptions()
    return bool(options.HasExtension(file_status) and options.Extensions[file_status].package_version_status == _FROZEN)


def _known(name: str) -> Descriptor | None:
    from google.protobuf import descriptor_pool  # noqa: PLC0415  loaded with the first EnvoyFilter

    try:
        return descriptor_pool.Default().FindMessageTypeByName(name)
    except KeyError:
        return None


@cache
def _load(package: str) -> None:
    """Import the generated modules of a package, if there is one."""
    try:
        path = getattr(import_module(package), "__path__", ())
    except ImportError:
        return
    for module in pkgutil.iter_modules(path):
        if module.name.endswith("_pb2"):
            import_module(f"{package}.{module.name}")
