"""Which Ingresses are ours to serve. Pure rules.

An Ingress is ours by the annotation `kubernetes.io/ingress.class` (the mesh's `ingressClass`), by an IngressClass of
the controller `istio.io/ingress-controller`, or, with `ingressControllerMode: DEFAULT`, by saying neither.
Source: istio pilot/pkg/config/kube/ingress (shouldProcessIngressWithClass), pkg/config/mesh (DefaultMeshConfig).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.model.key import Key
from pipeline.stages.mesh_config import mesh_config
from pipeline.stages.typed import typed_as
from schemas.kinds.kube_ingress import Ingress
from schemas.kinds.kube_ingress_class import IngressClass

if TYPE_CHECKING:
    from pipeline.derive import View

CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
CONTROLLER: Final = "istio.io/ingress-controller"
_DEFAULT_CLASS: Final = "istio"
_DEFAULT_SELECTOR: Final = "ingressgateway"
_DEFAULT_SERVICE: Final = "istio-ingressgateway"


class IngressPolicy(NamedTuple):
    """What the mesh says of Ingresses: OFF, DEFAULT or STRICT, the class in annotations, the proxies' label `istio`."""

    mode: str
    ingress_class: str
    selector: str


def ingress_policy(view: View, _: None) -> IngressPolicy:
    """What the mesh says of Ingresses (a rule of its own, so that other settings touch none)."""
    config = view.derive(mesh_config, None)
    mode = config.ingress_controller_mode
    service = config.ingress_service or _DEFAULT_SERVICE
    return IngressPolicy(
        mode=mode if mode is not None and mode != "UNSPECIFIED" else "STRICT",
        ingress_class=config.ingress_class if config.ingress_class is not None else _DEFAULT_CLASS,
        selector=config.ingress_selector or (service if service != _DEFAULT_SERVICE else _DEFAULT_SELECTOR),
    )


def is_served(view: View, key: Key) -> bool:
    """Whether an Ingress is ours to serve (a rule)."""
    resource = view.get(key)
    spec = typed_as(view, key, Ingress)
    policy = view.derive(ingress_policy, None)
    if resource is None or spec is None or policy.mode == "OFF":
        return False
    annotated = resource.annotations.get(CLASS_ANNOTATION)
    if annotated is not None:
        return annotated == policy.ingress_class
    class_name = spec.ingress_class_name
    named = typed_as(view, Key("IngressClass", "", class_name), IngressClass) if class_name else None
    return named.controller == CONTROLLER if named is not None else policy.mode == "DEFAULT"
