"""AdmissionReview, `admission.k8s.io/v1` and `v1beta1`: what an API server asks, and how it is answered. Pure.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

GROUP: Final = "admission.k8s.io"
VERSIONS: Final = (f"{GROUP}/v1", f"{GROUP}/v1beta1")

_BAD_REQUEST: Final = 400


class Malformed(ValueError):
    """The body is no AdmissionReview; the message says what is wrong with it."""


class _Shape(BaseModel):
    """A part of a review; what we do not read is passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class GroupVersionKind(_Shape):
    """A kind, in full."""

    group: str = ""
    version: str = ""
    kind: str = ""


class UserInfo(_Shape):
    """Who asks."""

    username: str = ""


class Request(_Shape):
    """What an API server is asked to do. `name` is empty where the server is to make one."""

    uid: str = Field(min_length=1, max_length=256)
    kind: GroupVersionKind
    sub_resource: str | None = None
    name: str = ""
    namespace: str = ""
    operation: str = ""
    user_info: UserInfo | None = None
    object: dict[str, Any] | None = None
    old_object: dict[str, Any] | None = None
    dry_run: bool | None = False

    @property
    def api_version(self) -> str:
        """The object's apiVersion."""
        return f"{self.kind.group}/{self.kind.version}" if self.kind.group else self.kind.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A question, and the version of the protocol in which it was asked."""

    api_version: str
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether the object may be stored; `message` is why not, `warnings` are shown to whoever asked."""

    allowed: bool
    message: str = ""
    warnings: tuple[str, ...] = ()


def decode(body: bytes) -> Review:
    """Read a review; raise `Malformed`."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("kind") != "AdmissionReview":
        raise Malformed("the body is no AdmissionReview")
    version = content.get("apiVersion")
    if version not in VERSIONS:
        raise Malformed(f"apiVersion must be one of {', '.join(VERSIONS)}")
    try:
        return Review(api_version=version, request=Request.model_validate(content.get("request")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(["request", *(str(step) for step in first["loc"])])
        raise Malformed(f"{where}: {first['msg']}") from None


def encode(review: Review, answer: Answer) -> bytes:
    """Return the answer's JSON, in the protocol's version that was asked in."""
    response: dict[str, object] = {"uid": review.request.uid, "allowed": answer.allowed}
    if not answer.allowed:
        # Not 422 Invalid: kubectl then prints the causes alone, and not the message.
        response["status"] = {
            "status": "Failure",
            "code": _BAD_REQUEST,
            "reason": "BadRequest",
            "message": answer.message,
        }
    if answer.warnings:
        response["warnings"] = list(answer.warnings)
    return orjson.dumps({"apiVersion": review.api_version, "kind": "AdmissionReview", "response": response})
