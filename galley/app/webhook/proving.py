"""`disproof`: whether a cluster refuses, with our words, an object that we refuse. A dry run: nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from galley.app.webhook.configuration import VALIDATION, proof
from galley.settings.webhook import PROOF_NAMESPACE
from galley.sources.kubernetes.failure import Refusal

if TYPE_CHECKING:
    from galley.sources.kubernetes.api import Api

PASSED_BY: Final = "the cluster took an object that we refuse: it does not ask us"

_OUR_WORDS: Final = (f'admission webhook "{VALIDATION}" denied the request', "configuration is invalid")
_GATEWAYS: Final = tuple(f"networking.istio.io/{version}" for version in ("v1", "v1beta1", "v1alpha3"))


async def disproof(api: Api) -> str:
    """Have an object refused that must be; return why that is no proof, or nothing. Raise `Unreachable`."""
    for api_version in _GATEWAYS:
        path = f"/apis/{api_version}/namespaces/{PROOF_NAMESPACE}/gateways"
        try:
            await api.send("POST", path, proof(api_version, PROOF_NAMESPACE), query={"dryRun": "All"})
        except Refusal as refusal:
            said = str(refusal)
            if all(words in said for words in _OUR_WORDS):
                return ""
            if refusal.is_missing:
                continue
            return said
        return PASSED_BY
    return "the cluster has no kind Gateway (networking.istio.io) to try"
