"""`istio.v1.auth.IstioCertificateService`: its method and its two messages, as typed values. Pure.

The messages are described with protobuf's own descriptor, field by field, in a pool of our own: whoever has Istio's
generated code in the same process is not disturbed. Field numbers and types are the contract with every existing client
(istio.io/api security/v1alpha1/ca.proto; `subject_id` was in 1.4's and is read and ignored, as Istio does).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2
from google.protobuf.message import DecodeError

PACKAGE = "istio.v1.auth"
SERVICE = f"{PACKAGE}.IstioCertificateService"
METHOD = "CreateCertificate"
PATH = f"/{SERVICE}/{METHOD}"

IMPERSONATED = "ImpersonatedIdentity"
"""The key of `metadata` by which a node's proxy asks for another's certificate."""

_Field = descriptor_pb2.FieldDescriptorProto


class MalformedMessageError(ValueError):
    """The bytes are not the message that they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """What is asked: a CSR in PEM, a lifetime in seconds (0: the default), and what else the caller says of itself."""

    csr: str
    validity_seconds: int = 0
    impersonated: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def decode_request(data: bytes) -> CertificateRequest:
    """The request in these bytes. Raises `MalformedMessageError`."""
    message = _parse(_REQUEST, data)
    texts = {name: value.string_value for name, value in message.metadata.fields.items() if value.string_value}
    return CertificateRequest(
        csr=message.csr,
        validity_seconds=message.validity_duration,
        impersonated=texts.get(IMPERSONATED, ""),
        metadata=texts,
    )


def encode_request(request: CertificateRequest) -> bytes:
    """The bytes of a request."""
    message = _REQUEST(csr=request.csr, validity_duration=request.validity_seconds)
    for name, value in request.metadata.items():
        message.metadata.fields[name].string_value = value
    return _bytes(message)


def decode_response(data: bytes) -> tuple[str, ...]:
    """The chain in these bytes: the leaf first, the root last, each in PEM. Raises `MalformedMessageError`."""
    return tuple(_parse(_RESPONSE, data).cert_chain)


def encode_response(chain: Sequence[str]) -> bytes:
    """The bytes of a response with this chain."""
    return _bytes(_RESPONSE(cert_chain=chain))


def _parse(kind: Any, data: bytes) -> Any:  # noqa: ANN401  a message class made at run time has no static type
    try:
        return kind.FromString(data)
    except DecodeError:
        raise MalformedMessageError(f"the bytes are not a {kind.DESCRIPTOR.full_name}") from None


def _bytes(message: Any) -> bytes:  # noqa: ANN401  likewise
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _describe() -> descriptor_pb2.FileDescriptorProto:
    one, many = _Field.LABEL_OPTIONAL, _Field.LABEL_REPEATED
    file = descriptor_pb2.FileDescriptorProto(
        name="citadel/proto/certificate_service.proto", package=PACKAGE, syntax="proto3"
    )
    file.dependency.append("google/protobuf/struct.proto")
    request = file.message_type.add(name="IstioCertificateRequest")
    request.field.add(name="csr", number=1, label=one, type=_Field.TYPE_STRING)
    request.field.add(name="subject_id", number=2, label=one, type=_Field.TYPE_STRING)
    request.field.add(name="validity_duration", number=3, label=one, type=_Field.TYPE_INT64)
    struct = ".google.protobuf.Struct"
    request.field.add(name="metadata", number=4, label=one, type=_Field.TYPE_MESSAGE, type_name=struct)
    response = file.message_type.add(name="IstioCertificateResponse")
    response.field.add(name="cert_chain", number=1, label=many, type=_Field.TYPE_STRING)
    return file


def _message_classes() -> tuple[Any, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(_describe().SerializeToString())
    names = (f"{PACKAGE}.IstioCertificateRequest", f"{PACKAGE}.IstioCertificateResponse")
    request, response = (message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names)
    return request, response


_REQUEST, _RESPONSE = _message_classes()
