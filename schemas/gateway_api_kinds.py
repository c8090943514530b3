"""The table of the kinds of the Gateway API, of both channels and of the versions that were served. Pure data.

They are somebody else's and grow: a field that is not known is a warning.
Source: https://gateway-api.sigs.k8s.io/reference/spec/, https://gateway-api.sigs.k8s.io/reference/specx/.
"""

from __future__ import annotations

from schemas.kind import Kind

GROUP = "gateway.networking.k8s.io"
"""The group of the Gateway API."""
GATEWAY_NAME = f"{GROUP}/gateway-name"
"""The label of a Gateway's proxies; a policy names that Gateway instead of selecting them."""
_TRANSLATED = frozenset({"GatewayClass", "Gateway", "HTTPRoute", "ReferenceGrant"})
_EXPERIMENTAL = "gateway.networking.x-k8s.io"


def _kind(name: str, versions: str, model: str, rules: str, *, old: str = "", group: str = GROUP) -> Kind:
    return Kind(
        name=name,
        group=group,
        plural=_plural(name),
        versions=tuple(versions.split()),
        namespaced=name != "GatewayClass",
        deprecated=tuple(f"{group}/{version}" for version in old.split()),
        model=f"schemas.kinds.{model}",
        rules=f"schemas.rules.{rules}",
        foreign=True,
        open=True,
        translated=name in _TRANSLATED,
    )


def _plural(name: str) -> str:
    lower = name.lower()
    return f"{lower[:-1]}ies" if lower.endswith("policy") else f"{lower}es" if lower.endswith("s") else f"{lower}s"


_POLICY = "gateway_api_policies:BackendTrafficPolicy", "gateway_api_policies:check_gateway_api_traffic_policy"
_LISTENERS = "gateway_api_listener_set:ListenerSet", "gateway_api_gateway:check_gateway_api_listener_set"
_LAYER4 = "gateway_api_layer4:Layer4Route", "gateway_api_layer4:check_gateway_api_layer4"

GATEWAY_API_KINDS = (
    _kind(
        "GatewayClass",
        "v1alpha2 v1beta1 v1",
        "gateway_api_gateway_class:GatewayClass",
        "gateway_api_gateway:check_gateway_api_gateway_class",
        old="v1alpha2",
    ),
    _kind(
        "Gateway",
        "v1alpha2 v1beta1 v1",
        "gateway_api_gateway:Gateway",
        "gateway_api_gateway:check_gateway_api_gateway",
        old="v1alpha2",
    ),
    _kind(
        "HTTPRoute",
        "v1alpha2 v1beta1 v1",
        "gateway_api_http_route:HTTPRoute",
        "gateway_api_http_route:check_gateway_api_http_route",
        old="v1alpha2",
    ),
    _kind(
        "GRPCRoute",
        "v1alpha2 v1",
        "gateway_api_grpc_route:GRPCRoute",
        "gateway_api_grpc_route:check_gateway_api_grpc_route",
        old="v1alpha2",
    ),
    _kind(
        "TLSRoute",
        "v1alpha2 v1alpha3 v1",
        "gateway_api_layer4:TLSRoute",
        "gateway_api_layer4:check_gateway_api_layer4",
    ),
    _kind("TCPRoute", "v1alpha2 v1", *_LAYER4),
    _kind("UDPRoute", "v1alpha2 v1", *_LAYER4),
    _kind(
        "ReferenceGrant",
        "v1alpha2 v1beta1 v1",
        "gateway_api_reference_grant:ReferenceGrant",
        "gateway_api_reference_grant:check_gateway_api_reference_grant",
        old="v1alpha2",
    ),
    _kind(
        "BackendTLSPolicy",
        "v1alpha2 v1alpha3 v1",
        "gateway_api_policies:BackendTLSPolicy",
        "gateway_api_policies:check_gateway_api_tls_policy",
        old="v1alpha2 v1alpha3",
    ),
    _kind("BackendLBPolicy", "v1alpha2", *_POLICY),
    _kind("ListenerSet", "v1", *_LISTENERS),
    _kind("XListenerSet", "v1alpha1", *_LISTENERS, group=_EXPERIMENTAL),
    _kind("XBackendTrafficPolicy", "v1alpha1", *_POLICY, group=_EXPERIMENTAL),
)
"""Every kind of the Gateway API that is known."""
