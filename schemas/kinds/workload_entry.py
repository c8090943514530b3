"""WorkloadEntry: one workload outside Kubernetes. Pure model; the message itself is shared with ServiceEntry.

Source: istio.io/api networking/v1alpha3/workload_entry.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from schemas.types.workload import WorkloadEntry

__all__ = ["WorkloadEntry"]
