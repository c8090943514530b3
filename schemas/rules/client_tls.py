"""Rules of TLS towards upstream services. Pure. Source: Istio's `ValidateTLS`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.types.client_tls import ClientTLSSettings

_CREDENTIAL = "the credential holds the certificates: only one of `credentialName` and files may be given"


def check_client_tls(tls: ClientTLSSettings | None, path: str) -> Iterator[Fault]:
    """`MUTUAL` needs a certificate and key, by name or by file; skipping verification leaves nothing to verify with."""
    if tls is None:
        return
    yield from _check_unverified(tls, path)
    if tls.mode in {"SIMPLE", "MUTUAL"} and tls.credential_name:
        if tls.client_certificate or tls.ca_certificates or tls.private_key or tls.ca_crl:
            yield invalid(f"{path}.credentialName", _CREDENTIAL)
        return
    if tls.mode == "MUTUAL":
        if not tls.client_certificate:
            yield invalid(f"{path}.clientCertificate", "mode MUTUAL needs a client certificate")
        if not tls.private_key:
            yield invalid(f"{path}.privateKey", "mode MUTUAL needs the private key of the client certificate")


def _check_unverified(tls: ClientTLSSettings, path: str) -> Iterator[Fault]:
    if not tls.insecure_skip_verify:
        return
    verified = bool(tls.ca_certificates or tls.subject_alt_names)
    if tls.mode == "SIMPLE" and (verified or tls.credential_name):
        yield invalid(
            f"{path}.insecureSkipVerify",
            "nothing is verified: caCertificates, credentialName and subjectAltNames must be left out",
        )
    elif tls.mode == "MUTUAL" and verified:
        yield invalid(
            f"{path}.insecureSkipVerify", "nothing is verified: caCertificates and subjectAltNames must be left out"
        )
