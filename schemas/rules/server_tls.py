"""Rules of TLS of listeners. Pure. Source: Istio's `validateTLSOptions`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.suggest import did_you_mean
from schemas.types.server_tls import CIPHER_SUITES, ServerTLSSettings, TLSCertificate

_OWN = {
    "server_certificate": "serverCertificate",
    "private_key": "privateKey",
    "ca_certificates": "caCertificates",
    "tls_certificates": "tlsCertificates",
    "credential_name": "credentialName",
    "credential_names": "credentialNames",
}
_TERMINATING = frozenset({"SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"})
_PASSING = frozenset({"PASSTHROUGH", "AUTO_PASSTHROUGH"})


def is_valid_cipher_suite(suite: str) -> bool:
    """Whether the library knows the suite; expressions that begin with an operator are let through."""
    return not suite or suite == "ALL" or not suite[0].isalnum() or suite in CIPHER_SUITES


def check_server_tls(tls: ServerTLSSettings | None, path: str) -> Iterator[Fault]:
    """Certificates come from one place, and from the place that the mode allows."""
    if tls is None:
        return
    yield from _check_ciphers(tls, path)
    if tls.mode == "ISTIO_MUTUAL":
        for name, alias in _OWN.items():
            if getattr(tls, name):
                yield invalid(f"{path}.{alias}", f"mode ISTIO_MUTUAL uses the mesh's certificates: remove `{alias}`")
        return
    if tls.mode in _PASSING and (tls.ca_crl or any(getattr(tls, name) for name in _OWN)):
        yield warned(path, f"mode {tls.mode} uses no certificates, those given are ignored")
    yield from _check_sources(tls, path)
    if tls.mode in _TERMINATING and not (tls.credential_name or tls.credential_names):
        yield from _check_files(tls, path)
    if tls.ca_crl and tls.credential_name:
        yield invalid(f"{path}.caCrl", "the revocation list is part of the credential: remove `caCrl`")
    elif tls.ca_crl and tls.mode == "SIMPLE":
        yield invalid(f"{path}.caCrl", "mode SIMPLE checks no client certificates: remove `caCrl`")


def _check_ciphers(tls: ServerTLSSettings, path: str) -> Iterator[Fault]:
    if tls.min_protocol_version in {"TLSV1_0", "TLSV1_1"} and not tls.cipher_suites:
        yield warned(
            f"{path}.minProtocolVersion",
            "versions below TLSV1_2 need cipher suites that are not among the default ones",
            "set `cipherSuites`",
        )
    seen: set[str] = set()
    for index, suite in enumerate(tls.cipher_suites):
        where = f"{path}.cipherSuites[{index}]"
        if not is_valid_cipher_suite(suite):
            hint = did_you_mean(suite, CIPHER_SUITES)
            yield warned(where, f"the cipher suite `{suite[:60]}` is not known and is ignored", hint)
        elif suite in seen:
            yield warned(where, f"the cipher suite `{suite}` is there twice")
        seen.add(suite)


def _check_sources(tls: ServerTLSSettings, path: str) -> Iterator[Fault]:
    sources = {
        "serverCertificate": bool(tls.server_certificate and tls.private_key),
        "credentialName": bool(tls.credential_name),
        "credentialNames": bool(tls.credential_names),
        "tlsCertificates": bool(tls.tls_certificates),
    }
    found = [name for name, given in sources.items() if given]
    if len(found) > 1:
        yield invalid(path, f"certificates may come from one place only, found {' and '.join(found)}")


def _check_files(tls: ServerTLSSettings, path: str) -> Iterator[Fault]:
    if tls.mode != "SIMPLE" and not (tls.ca_certificates or tls.ca_cert_credential_name):
        yield invalid(f"{path}.caCertificates", f"mode {tls.mode} needs the certificates that clients are checked with")
    if tls.tls_certificates:
        for index, certificate in enumerate(tls.tls_certificates):
            yield from _check_pair(certificate, tls.mode, f"{path}.tlsCertificates[{index}]")
    else:
        yield from _check_pair(tls, tls.mode, path)


def _check_pair(pair: ServerTLSSettings | TLSCertificate, mode: str, path: str) -> Iterator[Fault]:
    if not pair.server_certificate:
        yield invalid(
            f"{path}.serverCertificate",
            f"mode {mode} needs a server certificate",
            "set `credentialName`, or both files",
        )
    if not pair.private_key:
        yield invalid(f"{path}.privateKey", f"mode {mode} needs a private key", "set `credentialName`, or both files")
