"""The names of settings that rules read as inputs of the graph: what Istio reads from its environment. Pure data."""

from __future__ import annotations

from typing import Final

IP_AUTOALLOCATE: Final = "ip_autoallocate"
"""Istio's `PILOT_ENABLE_IP_AUTOALLOCATE`: true where ServiceEntries without addresses are given some.

Istio's own default is true; here nothing tells proxies the names of such addresses yet, so that it must be asked for.
"""

PRECEDENCE: Final = "precedence"
"""A `pipeline.stages.precedence.Precedence`: which source's object serves a host that several declare."""

TLS_ON_SIDECAR_INGRESS: Final = "tls_on_sidecar_ingress"
"""Istio's `ENABLE_TLS_ON_SIDECAR_INGRESS` (false): whether `tls` of a Sidecar's ingress listeners has an effect."""
