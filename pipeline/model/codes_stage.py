"""Codes GLY03xx: what the stages find when many places' words come together. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error, info, warning

CONFLICT: Final = "GLY0301"
SHRINK_GUARD: Final = "GLY0302"
NOT_SYNCED: Final = "GLY0303"
BAD_NAME: Final = "GLY0304"
UNJUDGED: Final = "GLY0305"
HOST_CONFLICT: Final = "GLY0306"
UNKNOWN_SOURCE: Final = "GLY0307"
NOT_OURS: Final = "GLY0308"

STAGE_CODES: tuple[Code, ...] = (
    warning(
        CONFLICT,
        "Two places claim the same object",
        "Two files, or two sources, have an object of the same kind, namespace and name. The stronger place's version"
        " is served: by `sources.precedence` (the first rule that matches the object, else the order for all), then by"
        " source and file name.",
        "Remove one of the two, or set the precedence of the sources: the hint has the rule that turns it.",
    ),
    warning(
        SHRINK_GUARD,
        "A revision that drops much is held back",
        "The change would remove more than half of the mesh and more than 20 objects (both are settings). The last"
        " revision is served until somebody says that this is meant.",
        "Look at what would go with `galley log`; then `galley confirm R`, or bring the objects back.",
    ),
    warning(
        NOT_SYNCED,
        "A source has not said everything yet",
        "The first revision was published without waiting any longer for this source (`sources.sync_timeout`), or the"
        " source has been out of reach since. What it last said is served.",
        "See `galley sources` for its state and its last error.",
    ),
    error(
        BAD_NAME,
        "A name, namespace, label or annotation is not valid",
        "Names are lower-case letters, digits, `-` and `.`, at most 253 characters; label values at most 63 characters"
        " of letters, digits, `-`, `_` and `.`, as in Kubernetes.",
        "Change it; the message says which character or length is wrong.",
    ),
    error(
        UNJUDGED,
        "The check of an object failed",
        "Galley's own validation raised on this object: a fault of ours, not of yours. The object is held at its last"
        " good version, every other one is served.",
        "Report it with the object and the message; rewriting the part that the message names may help until then.",
    ),
    warning(
        HOST_CONFLICT,
        "Two objects declare the same host",
        "A Kubernetes Service and a ServiceEntry, or ServiceEntries of two sources (a registry, files, a cluster),"
        " declare one host, and are visible to the same clients. A client is given one of them: its own namespace's,"
        " else the Kubernetes Service, else the oldest ServiceEntry; a rule of `sources.precedence` that has only hosts"
        " comes before all of that. In one namespace, the endpoints of a ServiceEntry join those of the Service.",
        "Rename one host, narrow `exportTo`, or put a rule with the host first in `sources.precedence`.",
    ),
    warning(
        UNKNOWN_SOURCE,
        "The precedence names a source that is not there",
        "A name in `sources.precedence` is that of no configured source: misspelt, or of a source that was removed. It"
        " has no effect.",
        "Mend the name; `galley sources` lists those that there are.",
    ),
    info(
        NOT_OURS,
        "An Ingress or a Gateway for another controller",
        "An Ingress is served here by its annotation `kubernetes.io/ingress.class` (the mesh's `ingressClass`), by an"
        " IngressClass of istio.io/ingress-controller, or, with `ingressControllerMode: DEFAULT`, where it names none."
        " A Gateway of the Gateway API is served here where its GatewayClass is of istio.io/gateway-controller. Others"
        " are left alone.",
        "Nothing to do, unless the object is meant for the mesh: then set its class.",
    ),
)
"""The entries, in the order of their numbers."""
