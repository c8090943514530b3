"""The table of the Kubernetes kinds that we read, Gateway API among them. Pure data.

Source: the Kubernetes API reference, https://kubernetes.io/docs/reference/kubernetes-api/. Those of the Gateway API
stand in `schemas.gateway_api_kinds`.
"""

from __future__ import annotations

from schemas.gateway_api_kinds import GATEWAY_API_KINDS
from schemas.kind import Body, Kind

_OF_CLUSTERS = frozenset({"Namespace", "Node"})
_CARRIED = frozenset({"Endpoints", "ServiceAccount"})


def _core(name: str, plural: str, file: str, *, body: Body = "spec", rules: str = "") -> Kind:
    return Kind(
        name=name,
        group="",
        plural=plural,
        versions=("v1",),
        body=body,
        model=f"schemas.kinds.{file}:{name}",
        rules=rules,
        foreign=True,
        namespaced=name not in _OF_CLUSTERS,
        translated=name not in _CARRIED,
    )


def _multicluster(name: str, plural: str) -> Kind:
    return Kind(
        name=name,
        group="multicluster.x-k8s.io",
        plural=plural,
        versions=("v1alpha1", "v1beta1"),
        model=f"schemas.kinds.kube_multicluster:{name}",
        foreign=True,
        translated=False,
    )


KUBERNETES_KINDS = (
    _core("Service", "services", "kube_service"),
    _core("Namespace", "namespaces", "kube_namespace"),
    _core("ConfigMap", "configmaps", "kube_config_map", body="fields"),
    _core("Secret", "secrets", "kube_secret", body="fields", rules="schemas.rules.kube_secret:check_kube_secret"),
    _core("Pod", "pods", "kube_pod", body="fields"),
    _core("Node", "nodes", "kube_node"),
    _core("Endpoints", "endpoints", "kube_endpoints", body="fields"),
    _core("ServiceAccount", "serviceaccounts", "kube_service_account", body="fields"),
    Kind(
        name="EndpointSlice",
        group="discovery.k8s.io",
        plural="endpointslices",
        versions=("v1beta1", "v1"),
        deprecated=("discovery.k8s.io/v1beta1",),
        body="fields",
        model="schemas.kinds.kube_endpoint_slice:EndpointSlice",
        foreign=True,
    ),
    Kind(
        name="Ingress",
        group="networking.k8s.io",
        plural="ingresses",
        versions=("v1beta1", "v1"),
        short_names=("ing",),
        former=("extensions/v1beta1",),
        deprecated=("extensions/v1beta1", "networking.k8s.io/v1beta1"),
        model="schemas.kinds.kube_ingress:Ingress",
        rules="schemas.rules.kube_ingress:check_kube_ingress",
        foreign=True,
    ),
    Kind(
        name="IngressClass",
        group="networking.k8s.io",
        plural="ingressclasses",
        versions=("v1beta1", "v1"),
        namespaced=False,
        deprecated=("networking.k8s.io/v1beta1",),
        model="schemas.kinds.kube_ingress_class:IngressClass",
        rules="schemas.rules.kube_ingress_class:check_kube_ingress_class",
        foreign=True,
    ),
    _multicluster("ServiceExport", "serviceexports"),
    _multicluster("ServiceImport", "serviceimports"),
    *GATEWAY_API_KINDS,
)
"""Every Kubernetes kind that is known by name."""
