"""From attributes to labels: who talked to whom, by what the index knows. Pure.

The side that reports knows itself best; the other side is found by address. What is not known is `unknown`, never a
guess, and never a name that a client made up: a request's own host only ever chooses among services that are there.
"""

from mixer.attributes import GRPC, TCP, Traffic
from mixer.contribution import Service
from mixer.index import Index
from mixer.labels import DESTINATION, SOURCE, Labels, within
from mixer.reporter import ROUTER, Reporter
from mixer.workload import NOBODY, UNKNOWN, Workload

PASSTHROUGH = "PassthroughCluster"
BLACKHOLE = "BlackHoleCluster"
INBOUND_PASSTHROUGH = "InboundPassthroughCluster"
_OUTBOUND = "outbound|"
_INBOUND = "inbound|"
_PARTS = 4  # DIRECTION|PORT|SUBSET|HOST
_KUBERNETES = 5  # NAME.NAMESPACE.svc.*.*
_NO_SERVICE = Service(UNKNOWN, UNKNOWN, UNKNOWN)


def resolve(traffic: Traffic, reporter: Reporter, index: Index) -> Labels:
    """The labels of a request or connection that `reporter` tells of."""
    inbound = _is_inbound(traffic, reporter)
    itself = _itself(reporter, index)
    if inbound:
        source, destination = _caller(traffic, index), itself
        service = _inbound_service(traffic, reporter, index)
    else:
        service = _outbound_service(traffic, reporter, index)
        source, destination = itself, index.at(traffic.destination_ip, traffic.destination_port, service) or NOBODY
    return within(_labels(traffic, inbound=inbound, sides=(source, destination), service=service))


def _labels(traffic: Traffic, *, inbound: bool, sides: tuple[Workload, Workload], service: Service) -> Labels:
    source, destination = sides
    # A client's proxy logs the certificates of its own client, if any, and not of the server that it calls.
    principals = (traffic.source_principal, traffic.destination_principal) if inbound else (UNKNOWN, UNKNOWN)
    return Labels(
        reporter=DESTINATION if inbound else SOURCE,
        source_workload=source.name,
        source_workload_namespace=source.namespace,
        source_principal=principals[0],
        source_app=source.app,
        source_version=source.version,
        source_canonical_service=source.canonical_service,
        source_canonical_revision=source.canonical_revision,
        source_cluster=source.cluster,
        destination_workload=destination.name,
        destination_workload_namespace=destination.namespace,
        destination_principal=principals[1],
        destination_app=destination.app,
        destination_version=destination.version,
        destination_service=service.host,
        destination_service_name=service.name,
        destination_service_namespace=service.namespace,
        destination_canonical_service=destination.canonical_service,
        destination_canonical_revision=destination.canonical_revision,
        destination_cluster=destination.cluster,
        request_protocol=traffic.context_protocol,
        response_flags=traffic.context_proxy_error_code,
        connection_security_policy=("mutual_tls" if traffic.connection_mtls else "none") if inbound else UNKNOWN,
        response_code="" if traffic.context_protocol == TCP else str(traffic.response_code),
        grpc_response_status=traffic.response_grpc_status if traffic.context_protocol == GRPC else "",
    )


def _is_inbound(traffic: Traffic, reporter: Reporter) -> bool:
    """Whether the proxy stands before its own workload; told by the cluster, else by the address that was called."""
    cluster = traffic.upstream_cluster
    if cluster.startswith((_INBOUND, INBOUND_PASSTHROUGH)):
        return True
    if cluster.startswith((_OUTBOUND, PASSTHROUGH, BLACKHOLE)) or reporter.type == ROUTER:
        return False
    return traffic.local_ip in reporter.ips


def _itself(reporter: Reporter, index: Index) -> Workload:
    """The reporter's workload: what it said of itself, else by name, else by an address that is its alone."""
    if reporter.workload is not NOBODY:
        return reporter.workload
    found = index.named(reporter.namespace, reporter.name)
    addresses = (index.from_address(ip) for ip in sorted(reporter.ips))
    found = found or next((other for other in addresses if other is not None), None)
    if found is not None:
        return found
    return NOBODY._replace(name=reporter.name or UNKNOWN, namespace=reporter.namespace)


def _outbound_service(traffic: Traffic, reporter: Reporter, index: Index) -> Service:
    cluster = traffic.upstream_cluster
    parts = cluster.split("|", _PARTS - 1)
    if len(parts) == _PARTS and parts[3]:
        return index.service(parts[3], reporter.namespace) or _unlisted(parts[3])
    if cluster in {PASSTHROUGH, BLACKHOLE}:
        return _NO_SERVICE._replace(name=cluster)
    return _NO_SERVICE


def _inbound_service(traffic: Traffic, reporter: Reporter, index: Index) -> Service:
    """The service that was called: named by the cluster, else the one of the workload's services that was asked for."""
    parts = traffic.upstream_cluster.split("|", _PARTS - 1)
    if len(parts) == _PARTS and parts[3]:
        return index.service(parts[3], reporter.namespace) or _unlisted(parts[3])
    port = int(parts[1]) if len(parts) == _PARTS and parts[1].isdecimal() else traffic.local_port
    found = index.served(traffic.local_ip, port) or index.served(traffic.destination_ip, port)
    host = traffic.request_host.partition(":")[0].lower()
    asked = [service for service in found if host in _names(service)]
    if asked or found:
        return (asked or list(found))[0]
    return _NO_SERVICE._replace(name=INBOUND_PASSTHROUGH) if parts[0].startswith(INBOUND_PASSTHROUGH) else _NO_SERVICE


def _names(service: Service) -> tuple[str, ...]:
    """What clients call a service: a Kubernetes name may be shortened from the right."""
    host, name, namespace = service
    short = () if host == name else (name, f"{name}.{namespace}", f"{name}.{namespace}.svc")
    return (host, *short)


def _unlisted(host: str) -> Service:
    """A service that the proxy still has and the snapshot no longer, or not yet."""
    parts = host.split(".")
    if len(parts) == _KUBERNETES and parts[2] == "svc":
        return Service(host, parts[0], parts[1])
    return Service(host, host, UNKNOWN)


def _caller(traffic: Traffic, index: Index) -> Workload:
    """Who called a server: found by address, unless its certificate is of another namespace."""
    found = index.from_address(traffic.source_ip) or NOBODY
    parts = traffic.source_principal.split("/")
    if "ns" not in parts[:-1]:
        return found
    namespace = parts[parts.index("ns") + 1]
    return found if found.namespace == namespace else NOBODY._replace(namespace=namespace)
