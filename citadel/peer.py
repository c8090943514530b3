"""Whose certificate a TLS client showed. Pure; that the certificate is genuine, TLS has already made sure."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from citadel.identity import Identity, IdentityError

_UNREADABLE = (
    ValueError,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def identity_of(certificate_pem: bytes) -> Identity:
    """The one identity in a workload's certificate. Raises `IdentityError` where there is none, or more than one name.

    X.509-SVID, section 2: exactly one URI; certificates of ours have no other name either.
    """
    try:
        extensions = x509.load_pem_x509_certificate(certificate_pem).extensions
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except _UNREADABLE:
        raise IdentityError("the client certificate is not a workload's certificate of this authority") from None
    if len(names) != 1 or not isinstance(names[0], x509.UniformResourceIdentifier):
        raise IdentityError("the client certificate does not have exactly one SPIFFE identity as its name")
    if ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        raise IdentityError("the client certificate is not for clients")
    return Identity.parse(names[0].value)
