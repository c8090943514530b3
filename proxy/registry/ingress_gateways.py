"""Gateways that are made of Ingresses, one each: HTTP on 80 for all hosts, HTTPS on 443 for each `tls`. Pure rules.

Source: istio pilot/pkg/config/kube/ingress/gateways.go.
"""

from __future__ import annotations

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.ingress_class import ingress_policy, is_served
from proxy.registry.ingress import (
    EVERY_HOST,
    GENERATED,
    GENERATED_NAMESPACE,
    INGRESS,
    IngressGateway,
    gateway_name,
    ingress_groups,
)
from proxy.typed import typed_as
from schemas.kinds.gateway import Gateway, Server
from schemas.kinds.kube_ingress import Ingress
from schemas.types.port import ServerPort
from schemas.types.server_tls import ServerTLSSettings

_LABEL = "istio"


def ingress_gateway_keys(view: View, _: None) -> tuple[Key, ...]:
    """The keys of the Gateways that Ingresses make (a rule)."""
    served = (key for key in view.keys(INGRESS) if view.derive(is_served, key))
    return tuple(sorted({Key("Gateway", GENERATED_NAMESPACE, gateway_name(key)) for key in served}))


def ingress_of(view: View, namespace: str, name: str) -> Key | None:
    """The Ingress that a Gateway is made of, None where it is made of none."""
    if namespace != GENERATED_NAMESPACE or GENERATED not in name:
        return None
    return next(iter(view.lookup(ingress_groups, INGRESS, IngressGateway(name))), None)


def ingress_gateway(view: View, ingress: Key) -> Gateway | None:
    """The Gateway that an Ingress makes (a rule)."""
    spec = typed_as(view, ingress, Ingress)
    if spec is None:
        return None
    policy = view.derive(ingress_policy, None)
    secure = [
        _secure(ingress, index, tls.hosts, tls.secret_name) for index, tls in enumerate(spec.tls) if tls.secret_name
    ]
    port = ServerPort(number=80, protocol="HTTP", name=f"http-80-ingress-{ingress.name}-{ingress.namespace}")
    return Gateway(servers=(*secure, Server(port=port, hosts=(EVERY_HOST,))), selector={_LABEL: policy.selector})


def _secure(ingress: Key, index: int, hosts: tuple[str, ...], secret: str) -> Server:
    return Server(
        port=ServerPort(
            number=443, protocol="HTTPS", name=f"https-443-ingress-{ingress.name}-{ingress.namespace}-{index}"
        ),
        hosts=tuple(host.lower() for host in hosts) or (EVERY_HOST,),
        tls=ServerTLSSettings(mode="SIMPLE", credential_name=secret),
    )
