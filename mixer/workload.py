"""A workload as telemetry names it, and the labels it takes the names from. Pure data.

Source of the label names: istio pkg/model (canonical service and revision) and Kubernetes' recommended labels.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

UNKNOWN = "unknown"
LATEST = "latest"

WORKLOAD_NAME = "service.istio.io/workload-name"
POD_TEMPLATE_HASH = "pod-template-hash"
_CANONICAL_NAME = ("service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
_CANONICAL_REVISION = ("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")
_JOB = ("batch.kubernetes.io/job-name", "job-name")
_STATEFUL_POD = "statefulset.kubernetes.io/pod-name"
_GENERATED = re.compile(r"-[a-z0-9]{5}$")


class Workload(NamedTuple):
    """One side of a request; `unknown` where nothing says more, as in Istio's metrics."""

    name: str = UNKNOWN
    namespace: str = UNKNOWN
    app: str = UNKNOWN
    version: str = UNKNOWN
    canonical_service: str = UNKNOWN
    canonical_revision: str = UNKNOWN
    cluster: str = UNKNOWN


NOBODY = Workload()


def workload(name: str, namespace: str, labels: Mapping[str, str], cluster: str = "") -> Workload:
    """The workload with these labels; an empty `name` is taken from the labels, or unknown."""
    called = labels.get(WORKLOAD_NAME) or name or UNKNOWN
    return Workload(
        name=called,
        namespace=namespace or UNKNOWN,
        app=labels.get("app") or UNKNOWN,
        version=labels.get("version") or UNKNOWN,
        canonical_service=_first(labels, _CANONICAL_NAME) or called,
        canonical_revision=_first(labels, _CANONICAL_REVISION) or LATEST,
        cluster=cluster or UNKNOWN,
    )


def controller_of(pod: str, labels: Mapping[str, str]) -> str:
    """The workload that a pod belongs to, by the marks that its controller leaves: a Deployment's, a Job's name..."""
    template = labels.get(POD_TEMPLATE_HASH)
    if template and f"-{template}-" in pod:
        return pod.rpartition(f"-{template}-")[0]
    if labels.get(_STATEFUL_POD) == pod:
        return pod.rpartition("-")[0] or pod
    job = _first(labels, _JOB)
    if job:
        return job
    return _GENERATED.sub("", pod) if "controller-revision-hash" in labels else pod


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")
