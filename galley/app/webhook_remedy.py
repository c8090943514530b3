"""What to do about a cluster's ValidatingWebhookConfiguration, by what is known of it. Pure."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

import orjson

from galley.settings.kubernetes import IN_CLUSTER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.app.api.answers import WebhookAnswer
    from galley.settings.kubernetes import ClusterPlace

_REMEDIES: Final[tuple[tuple[str, str], ...]] = (
    (
        r"^overruled",
        "let the tool that writes it ignore what galley-webhook manages: ignoreDifferences, docs/webhook.md",
    ),
    (r"has no webhook", "something else has that name: set webhook.configuration to another, or remove it"),
    (r"kubernetes-asyncio", "install the extra: pip install 'galley-mesh[kubernetes]'"),
    (
        r"no kind gateway",
        "the cluster lacks our kinds: `galley schema --format crd | kubectl apply --server-side -f -`",
    ),
    (r"no mesh to judge", "it waits for its sources: see `galley sources`"),
    (r"out of reach", "the API server must be reachable from here: `kubectl get --raw /readyz` as the server's user"),
    (
        r"denied the request|denied request",
        "something else in the cluster refuses the proof: let it pass Gateways galley-webhook-proof-* in `default`",
    ),
    (
        r"\(401\)|unauthorized",
        "renew the server's credentials for that cluster; `kubectl get ns` with them must work",
    ),
    (
        r"\(403\)|forbidden",
        "apply the roles of compose/: get, patch and create on validatingwebhookconfigurations, create on gateways",
    ),
    (
        r"x509|certificate|tls:",
        "our certificate must have what the API server calls us by (webhook.service, webhook.names), unchanged",
    ),
    (
        r"failed calling webhook|failed to call webhook|does not ask us",
        "can the API server reach us? open webhook.address to it (0.0.0.0:15017), where Service or URL must lead",
    ),
    (r"", "`kubectl get validatingwebhookconfiguration {configuration} -o yaml` shows it"),
)
"""What the trouble says (an expression, in lower case), and what to do then; the first that fits."""


def webhook_remedy(webhook: WebhookAnswer) -> str:
    """Return what to do, nothing where all is well; where it is absent what would register it, if it is wanted."""
    if webhook.trouble:
        said = webhook.trouble.lower()
        remedy = next(remedy for pattern, remedy in _REMEDIES if re.search(pattern, said))
        return remedy.replace("{configuration}", webhook.configuration)
    if webhook.policy == "absent":
        return (
            "if the cluster is to ask before it stores: `galley webhook manifest --service NAMESPACE/NAME |"
            ' kubectl apply -f -`; if not: webhook.configuration: ""'
        )
    return ""


def release(configuration: str, webhooks: Iterable[str], place: ClusterPlace) -> str:
    """Return the commands that have a cluster refuse nothing any more because nobody answers: for now, or for good."""
    named = f"{place.kubeconfig}#{place.context}" if place.context else place.kubeconfig
    kubectl = ["kubectl"]
    if place.kubeconfig != IN_CLUSTER:
        kubectl += ["--kubeconfig", place.kubeconfig]
    if place.context:
        kubectl += ["--context", place.context]
    lenient = {"webhooks": [{"name": one, "failurePolicy": "Ignore"} for one in webhooks]}
    patch = [*kubectl, "patch", "validatingwebhookconfiguration", configuration, "-p", orjson.dumps(lenient).decode()]
    uninstall = ["galley", "webhook", "uninstall", "--kubernetes", named, "--name", configuration]
    return f"start the server again; or `{shlex.join(patch)}`; or, for good, `{shlex.join(uninstall)}`"
