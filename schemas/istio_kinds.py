"""The table of Istio's kinds, today's and classic ones. Pure data.

Sources: istio.io/api kubernetes/customresourcedefinitions.gen.yaml (1.30); for the classic ones the CRDs of 1.0 to 1.5.
"""

from __future__ import annotations

from schemas.kind import Kind

_ALL = ("v1alpha3", "v1beta1", "v1")


def _networking(name: str, plural: str, file: str, *short: str) -> Kind:
    return Kind(
        name=name,
        group="networking.istio.io",
        plural=plural,
        versions=_ALL,
        short_names=short,
        model=f"schemas.kinds.{file}:{name}",
        rules=f"schemas.rules.{file}:check_{file}",
    )


def _checked(kind: str, plural: str, api: str, file: str, *short: str) -> Kind:
    """A kind that is checked and has no effect yet; `file` is that of its model and of its rules."""
    group, _, versions = api.partition("/")
    return Kind(
        name=kind,
        group=group,
        plural=plural,
        versions=tuple(versions.split()),
        short_names=short,
        model=f"schemas.kinds.{file}:{kind}",
        rules=f"schemas.rules.{file}:check_{file}",
        translated=False,
    )


def _classic(kind: str, plural: str, api: str, model: str, rules: str, *, namespaced: bool = True) -> Kind:
    """A classic kind: Istio read it from text, so the names of the protos are taken too."""
    group, _, version = api.partition("/")
    return Kind(
        name=kind,
        group=group,
        plural=plural,
        versions=(version,),
        namespaced=namespaced,
        model=f"schemas.kinds.{model}",
        rules=f"schemas.rules.{rules}",
        protojson=True,
        translated=False,
    )


def _carried(group: str, version: str, *kinds: tuple[str, str], namespaced: bool = True) -> tuple[Kind, ...]:
    return tuple(
        Kind(name=name, group=group, plural=plural, versions=tuple(version.split()), namespaced=namespaced)
        for name, plural in kinds
    )


NETWORKING = (
    _networking("VirtualService", "virtualservices", "virtual_service", "vs"),
    _networking("DestinationRule", "destinationrules", "destination_rule", "dr"),
    _networking("Gateway", "gateways", "gateway", "gw"),
    _networking("ServiceEntry", "serviceentries", "service_entry", "se"),
    _networking("WorkloadEntry", "workloadentries", "workload_entry", "we"),
    _networking("WorkloadGroup", "workloadgroups", "workload_group", "wg"),
    _networking("Sidecar", "sidecars", "sidecar"),
    _checked("EnvoyFilter", "envoyfilters", "networking.istio.io/v1alpha3", "envoy_filter"),
    Kind(
        name="ProxyConfig",
        group="networking.istio.io",
        plural="proxyconfigs",
        versions=("v1beta1",),
        model="schemas.kinds.proxy_config:ProxyConfig",
        rules="schemas.rules.proxy_config_kind:check_proxy_config_kind",
        translated=False,
    ),
)

MESH = (
    Kind(
        name="MeshConfig",
        group="",
        plural="meshconfigs",
        versions=("",),
        body="fields",
        protojson=True,
        model="schemas.kinds.mesh_config:MeshConfig",
        rules="schemas.rules.mesh_config:check_mesh_config",
    ),
    Kind(
        name="MeshNetworks",
        group="",
        plural="meshnetworks",
        versions=("",),
        body="fields",
        protojson=True,
        model="schemas.kinds.mesh_networks:MeshNetworks",
        rules="schemas.rules.mesh_networks:check_mesh_networks",
    ),
)

_SECURITY = "security.istio.io/v1beta1 v1"
_EXTENSIONS = "extensions.istio.io/v1alpha1"

POLICIES = (
    _checked("AuthorizationPolicy", "authorizationpolicies", _SECURITY, "authorization_policy", "ap"),
    _checked("PeerAuthentication", "peerauthentications", _SECURITY, "peer_authentication", "pa"),
    _checked("RequestAuthentication", "requestauthentications", _SECURITY, "request_authentication", "ra"),
    _checked("Telemetry", "telemetries", "telemetry.istio.io/v1alpha1 v1", "telemetry", "telemetry"),
    _checked("WasmPlugin", "wasmplugins", _EXTENSIONS, "wasm_plugin"),
    _checked("TrafficExtension", "trafficextensions", _EXTENSIONS, "traffic_extension"),
    *_carried("install.istio.io", "v1alpha1", ("IstioOperator", "istiooperators")),
)

_MIXER = """rule:rules attributemanifest:attributemanifests handler:handlers instance:instances adapter:adapters
template:templates apikey:apikeys authorization:authorizations bypass:bypasses
checknothing:checknothings circonus:circonuses cloudwatch:cloudwatches denier:deniers dogstatsd:dogstatsds edge:edges
fluentd:fluentds kubernetes:kuberneteses kubernetesenv:kubernetesenvs listchecker:listcheckers listentry:listentries
logentry:logentries memquota:memquotas metric:metrics noop:noops opa:opas prometheus:prometheuses quota:quotas
rbac:rbacs redisquota:redisquotas reportnothing:reportnothings signalfx:signalfxs solarwinds:solarwindses
stackdriver:stackdrivers statsd:statsds stdio:stdios tracespan:tracespans zipkin:zipkins"""

_AUTHENTICATION = "authentication.istio.io/v1alpha1"
_RBAC = "rbac.istio.io/v1alpha1"
_CONFIG = "config.istio.io/v1alpha2"
_POLICY = "authentication_policy:Policy"
_ROLES = "service_role_binding"
_API = "http_api_spec"

CLASSIC = (
    _classic("Policy", "policies", _AUTHENTICATION, _POLICY, "authentication_policy:check_authentication_policy"),
    _classic(
        "MeshPolicy",
        "meshpolicies",
        _AUTHENTICATION,
        _POLICY,
        "authentication_policy:check_mesh_policy",
        namespaced=False,
    ),
    _classic(
        "AuthorizationPolicy",
        "authorizationpolicies",
        _RBAC,
        f"{_ROLES}:ClassicAuthorizationPolicy",
        f"{_ROLES}:check_classic_authorization_policy",
    ),
    _classic("RbacConfig", "rbacconfigs", _RBAC, "rbac_config:RbacConfig", "rbac_config:check_rbac_config"),
    _classic(
        "ClusterRbacConfig",
        "clusterrbacconfigs",
        _RBAC,
        "rbac_config:RbacConfig",
        "rbac_config:check_cluster_rbac_config",
        namespaced=False,
    ),
    _classic("ServiceRole", "serviceroles", _RBAC, "service_role:ServiceRole", "service_role:check_service_role"),
    _classic(
        "ServiceRoleBinding",
        "servicerolebindings",
        _RBAC,
        f"{_ROLES}:ServiceRoleBinding",
        f"{_ROLES}:check_service_role_binding",
    ),
    _classic("HTTPAPISpec", "httpapispecs", _CONFIG, f"{_API}:HTTPAPISpec", f"{_API}:check_http_api_spec"),
    _classic(
        "HTTPAPISpecBinding",
        "httpapispecbindings",
        _CONFIG,
        f"{_API}:HTTPAPISpecBinding",
        f"{_API}:check_http_api_spec_binding",
    ),
    _classic("QuotaSpec", "quotaspecs", _CONFIG, "quota_spec:QuotaSpec", "quota_spec:check_quota_spec"),
    _classic(
        "QuotaSpecBinding",
        "quotaspecbindings",
        _CONFIG,
        "quota_spec:QuotaSpecBinding",
        "quota_spec:check_quota_spec_binding",
    ),
    *_carried("config.istio.io", "v1alpha2", *((n, p) for n, _, p in (pair.partition(":") for pair in _MIXER.split()))),
)

ISTIO_KINDS = (*NETWORKING, *MESH, *POLICIES, *CLASSIC)
"""Every kind of Istio's."""
