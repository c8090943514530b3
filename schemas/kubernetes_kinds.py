"""The table of the Kubernetes kinds that we read, Gateway API among them. Pure data.

Source: the Kubernetes API reference, https://kubernetes.io/docs/reference/kubernetes-api/, and
https://gateway-api.sigs.k8s.io/reference/spec/.
"""

from __future__ import annotations

from schemas.kind import Body, Kind


def _core(name: str, plural: str, file: str, *, body: Body = "spec", namespaced: bool = True) -> Kind:
    return Kind(
        name=name,
        group="",
        plural=plural,
        versions=("v1",),
        namespaced=namespaced,
        body=body,
        model=f"schemas.kinds.{file}:{name}",
        foreign=True,
    )


def _later(group: str, versions: str, name: str, plural: str, *, namespaced: bool = True) -> Kind:
    return Kind(
        name=name, group=group, plural=plural, versions=tuple(versions.split()), namespaced=namespaced, foreign=True
    )


_GATEWAY_API = "gateway.networking.k8s.io"

KUBERNETES_KINDS = (
    _core("Service", "services", "kube_service"),
    _core("Namespace", "namespaces", "kube_namespace", namespaced=False),
    _core("ConfigMap", "configmaps", "kube_config_map", body="fields"),
    _core("Secret", "secrets", "kube_secret", body="fields"),
    _core("Pod", "pods", "kube_pod", body="fields"),
    _core("Node", "nodes", "kube_node", namespaced=False),
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
    _later(_GATEWAY_API, "v1beta1 v1", "GatewayClass", "gatewayclasses", namespaced=False),
    _later(_GATEWAY_API, "v1beta1 v1", "Gateway", "gateways"),
    _later(_GATEWAY_API, "v1beta1 v1", "HTTPRoute", "httproutes"),
    _later(_GATEWAY_API, "v1alpha2 v1", "GRPCRoute", "grpcroutes"),
    _later(_GATEWAY_API, "v1alpha2 v1alpha3 v1", "TLSRoute", "tlsroutes"),
    _later(_GATEWAY_API, "v1alpha2", "TCPRoute", "tcproutes"),
    _later(_GATEWAY_API, "v1alpha2 v1beta1 v1", "ReferenceGrant", "referencegrants"),
    _later(_GATEWAY_API, "v1alpha3 v1", "BackendTLSPolicy", "backendtlspolicies"),
    _later(_GATEWAY_API, "v1", "ListenerSet", "listenersets"),
)
"""Every Kubernetes kind that is known by name."""
