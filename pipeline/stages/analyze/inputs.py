"""The names of the settings that analyzers read as inputs of the graph. Pure data."""

from __future__ import annotations

from typing import Final

IP_AUTOALLOCATE: Final = "ip_autoallocate"
"""Istio's `PILOT_ENABLE_IP_AUTOALLOCATE`: true where something allocates addresses to ServiceEntries without."""
