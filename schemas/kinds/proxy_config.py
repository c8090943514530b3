"""ProxyConfig, the kind: settings of single proxies that need a restart. Pure model.

Source: istio.io/api networking/v1beta1/proxy_config.proto and the CRD generated from it (1.30). The message of the same
name in the mesh's settings is `schemas.types.proxy_config`.
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import Int32
from schemas.types.message import Message
from schemas.types.proxy_config import ProxyImage
from schemas.types.selector import LabelSelector


class ProxyConfig(Message):
    """Threads, environment and image of the selected workloads' proxies."""

    selector: LabelSelector | None = None
    concurrency: Int32 | None = None
    environment_variables: dict[str, str] = Field(default_factory=dict)
    image: ProxyImage | None = None
