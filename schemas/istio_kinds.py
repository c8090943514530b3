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
    *_carried("networking.istio.io", "v1alpha3", ("EnvoyFilter", "envoyfilters")),
    *_carried("networking.istio.io", "v1beta1", ("ProxyConfig", "proxyconfigs")),
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

POLICIES = (
    *_carried(
        "security.istio.io",
        "v1beta1 v1",
        ("AuthorizationPolicy", "authorizationpolicies"),
        ("PeerAuthentication", "peerauthentications"),
        ("RequestAuthentication", "requestauthentications"),
    ),
    *_carried("telemetry.istio.io", "v1alpha1 v1", ("Telemetry", "telemetries")),
    *_carried(
        "extensions.istio.io", "v1alpha1", ("WasmPlugin", "wasmplugins"), ("TrafficExtension", "trafficextensions")
    ),
    *_carried("install.istio.io", "v1alpha1", ("IstioOperator", "istiooperators")),
)

_MIXER = """rule:rules attributemanifest:attributemanifests handler:handlers instance:instances adapter:adapters
template:templates HTTPAPISpec:httpapispecs HTTPAPISpecBinding:httpapispecbindings QuotaSpec:quotaspecs
QuotaSpecBinding:quotaspecbindings apikey:apikeys authorization:authorizations bypass:bypasses
checknothing:checknothings circonus:circonuses cloudwatch:cloudwatches denier:deniers dogstatsd:dogstatsds edge:edges
fluentd:fluentds kubernetes:kuberneteses kubernetesenv:kubernetesenvs listchecker:listcheckers listentry:listentries
logentry:logentries memquota:memquotas metric:metrics noop:noops opa:opas prometheus:prometheuses quota:quotas
rbac:rbacs redisquota:redisquotas reportnothing:reportnothings signalfx:signalfxs solarwinds:solarwindses
stackdriver:stackdrivers statsd:statsds stdio:stdios tracespan:tracespans zipkin:zipkins"""

CLASSIC = (
    *_carried("authentication.istio.io", "v1alpha1", ("Policy", "policies")),
    *_carried("authentication.istio.io", "v1alpha1", ("MeshPolicy", "meshpolicies"), namespaced=False),
    *_carried(
        "rbac.istio.io",
        "v1alpha1",
        ("AuthorizationPolicy", "authorizationpolicies"),
        ("RbacConfig", "rbacconfigs"),
        ("ServiceRole", "serviceroles"),
        ("ServiceRoleBinding", "servicerolebindings"),
    ),
    *_carried("rbac.istio.io", "v1alpha1", ("ClusterRbacConfig", "clusterrbacconfigs"), namespaced=False),
    *_carried("config.istio.io", "v1alpha2", *((n, p) for n, _, p in (pair.partition(":") for pair in _MIXER.split()))),
)

ISTIO_KINDS = (*NETWORKING, *MESH, *POLICIES, *CLASSIC)
"""Every kind of Istio's."""
