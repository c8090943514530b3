"""Names of the secrets that TLS servers ask for, and what stands behind a name. Pure.

`kubernetes://NAME` is a Secret of the proxy's own namespace, `kubernetes://NAME-cacert` the authorities in it or in a
Secret of its own; `configmap://NAME` authorities in a ConfigMap; `file-cert:CHAIN~KEY` and `file-root:PATH` are files
beside the proxy. Files are secrets too, so that one that is missing costs its own server and not the listener.
Source: istio pilot/pkg/model/credentials/resource.go and pkg/model/proxy.go (BuildListenerTLSContext).
"""

from __future__ import annotations

from typing import Final

from schemas.types.server_tls import ServerTLSSettings

KUBERNETES: Final = "kubernetes://"
CONFIG_MAP: Final = "configmap://"
FILE_CERTIFICATE: Final = "file-cert:"
FILE_ROOT: Final = "file-root:"
AUTHORITY: Final = "-cacert"
OWN_CERTIFICATE: Final = "default"
ROOT_AUTHORITY: Final = "ROOTCA"


def certificate_names(tls: ServerTLSSettings) -> tuple[str, ...]:
    """The names of the server's certificates."""
    if tls.mode == "ISTIO_MUTUAL":
        return (OWN_CERTIFICATE,)
    named = tls.credential_names or ((tls.credential_name,) if tls.credential_name else ())
    if named:
        return tuple(dict.fromkeys(resource_name(name) for name in named))
    files = [(item.server_certificate, item.private_key) for item in tls.tls_certificates]
    files = files or [(tls.server_certificate, tls.private_key)]
    return tuple(dict.fromkeys(f"{FILE_CERTIFICATE}{chain}~{key}" for chain, key in files if chain and key))


def authority_name(tls: ServerTLSSettings) -> str:
    """The name of the authorities that clients' certificates are held against, empty where there are none."""
    if tls.mode == "ISTIO_MUTUAL":
        return ROOT_AUTHORITY
    if tls.mode not in ("MUTUAL", "OPTIONAL_MUTUAL"):
        return ""
    named = tls.ca_cert_credential_name or tls.credential_name or (tls.credential_names or ("",))[0]
    if named:
        found = resource_name(named)
        return found if found.startswith(CONFIG_MAP) or found.endswith(AUTHORITY) else f"{found}{AUTHORITY}"
    files = [tls.ca_certificates, *(item.ca_certificates for item in tls.tls_certificates)]
    return next((f"{FILE_ROOT}{path}" for path in files if path), "")


def resource_name(name: str) -> str:
    """A `credentialName` as a secret's name: `kubernetes://NAME` unless it says what it is itself."""
    return name if "://" in name else f"{KUBERNETES}{name}"
