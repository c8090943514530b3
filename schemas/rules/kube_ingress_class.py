"""Rules of IngressClass. Pure. Source: Kubernetes' pkg/apis/networking/validation (`ValidateIngressClassSpec`)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.kinds.kube_ingress_class import IngressClass, IngressClassParametersReference
from schemas.rules.kube_names import label_problem, subdomain_problem

_LONGEST = 250


def check_kube_ingress_class(kind: IngressClass, path: str, namespace: str) -> Iterator[Fault]:
    """A controller such as `istio.io/ingress-controller`; parameters with a namespace where that is their scope."""
    del namespace
    domain, slash, rest = kind.controller.partition("/")
    if not kind.controller:
        yield invalid(f"{path}.controller", "an IngressClass needs a controller", "such as istio.io/ingress-controller")
    elif len(kind.controller) > _LONGEST:
        yield invalid(f"{path}.controller", f"the name of a controller may have {_LONGEST} characters")
    elif not (slash and rest) or subdomain_problem(domain, "domain"):
        yield invalid(f"{path}.controller", f"`{kind.controller[:80]}` is not of the form domain/name")
    if kind.parameters is not None:
        yield from _check_parameters(kind.parameters, f"{path}.parameters")


def _check_parameters(parameters: IngressClassParametersReference, path: str) -> Iterator[Fault]:
    for name in ("kind", "name"):
        if not getattr(parameters, name):
            yield invalid(f"{path}.{name}", f"the parameters need a {name}")
    if parameters.scope == "Namespace":
        if not parameters.namespace:
            yield invalid(f"{path}.namespace", "parameters of scope Namespace need a namespace")
        elif problem := label_problem(parameters.namespace, "namespace"):
            yield invalid(f"{path}.namespace", problem)
    elif parameters.namespace is not None:
        yield invalid(f"{path}.namespace", "only parameters of scope Namespace have a namespace")
