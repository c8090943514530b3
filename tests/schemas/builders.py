"""Contents of objects, and what the check says of them."""

from __future__ import annotations

from typing import Any

import orjson

from schemas.check import check
from schemas.fault import Fault
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY

Content = dict[str, Any]


def kind(name: str) -> Kind:
    """The kind of that name."""
    found = DEFAULT_REGISTRY.kind(name)
    assert found is not None, name
    return found


def faults(name: str, content: object, namespace: str = "default") -> tuple[Fault, ...]:
    """What is wrong with a content."""
    return check(kind(name), orjson.dumps(content), namespace)[1]


def found(name: str, content: object, namespace: str = "default") -> set[tuple[str, str]]:
    """Code and path of each fault."""
    return {(fault.code, fault.path) for fault in faults(name, content, namespace)}


def errors(name: str, content: object, namespace: str = "default") -> set[str]:
    """The paths of the errors of Istio's validation; other errors are a mistake of the test."""
    wrong = [fault for fault in faults(name, content, namespace) if fault.severity == "error"]
    assert all(fault.code == "IST0106" for fault in wrong), wrong
    return {fault.path for fault in wrong}


def route(host: str = "reviews", **more: object) -> Content:
    """An HTTP route to a host."""
    return {"route": [{"destination": {"host": host}}], **more}


def virtual_service(*http: Content, **more: object) -> Content:
    """A VirtualService of the host `reviews`; with one plain route where none is given."""
    return {"hosts": ["reviews"], "http": list(http) or [route()], **more}


def destination_rule(policy: Content | None = None, **more: object) -> Content:
    """A DestinationRule of the host `reviews`."""
    return {"host": "reviews", **({} if policy is None else {"trafficPolicy": policy}), **more}


def server(**more: object) -> Content:
    """A plain server of a gateway; `port` and the rest can be set anew."""
    return {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"], **more}


def gateway(*servers: Content) -> Content:
    """A gateway on the usual proxies."""
    return {"selector": {"istio": "ingressgateway"}, "servers": list(servers) or [server()]}


def https(**tls: object) -> Content:
    """A server with TLS."""
    return server(port={"number": 443, "name": "https", "protocol": "HTTPS"}, tls=tls)


def service_entry(**more: object) -> Content:
    """A ServiceEntry of one HTTP port, resolved by DNS."""
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
    return {"hosts": ["api.example.com"], "ports": ports, "resolution": "DNS", **more}


def target(kind_: str = "Gateway", group: str = "gateway.networking.k8s.io", **more: object) -> Content:
    """What a policy names as its target."""
    return {"kind": kind_, "group": group, "name": "a", **more}


SELECTOR: Content = {"matchLabels": {"app": "a"}}
"""A selector of workloads in a policy."""
