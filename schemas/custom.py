"""A user's own kinds: a document in a schema folder becomes a `Kind`. Pure.

Three forms are taken. Our own:

    kind: RateLimit
    apiVersion: acme.dev/v1        # or group: acme.dev and versions: [v1]
    plural: ratelimits             # left out, it is the kind in lower case and an s
    scope: Namespaced              # or Cluster
    schema: {type: object, ...}    # JSON Schema draft 2020-12 of the objects' `spec`

a JSON Schema of whole documents (`schemas.custom_document`), and a CustomResourceDefinition (apiextensions.k8s.io/v1),
of which the schema of the stored version is used. Schemas are bounded in size and depth, and refer to nothing outside
of themselves; their patterns are RE2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from schemas import fault as codes
from schemas.custom_crd import closed_schema
from schemas.custom_document import is_document_schema, own_form
from schemas.fault import Fault
from schemas.kind import Kind
from schemas.registry import Registry, is_ours, split_api_version
from schemas.rules.names import is_dns_label

LARGEST = 256 * 1024
"""Bytes of JSON that a schema may have."""

DEEPEST = 64
"""Levels that a schema may have."""

_FIELDS = frozenset({"kind", "apiVersion", "group", "versions", "plural", "scope", "schema", "description"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """The kind that a document defines, `None` where it defines none, and what is wrong with it."""

    kind: Kind | None
    faults: tuple[Fault, ...] = ()


class _Wrong(Exception):
    """Ends the reading of a definition that cannot be used."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code=codes.INVALID_SCHEMA, severity="error", path=path, message=message)


def read_custom(document: Mapping[str, object], registry: Registry) -> Custom:
    """The kind that the document defines beside those of the registry. Never raises."""
    try:
        if str(document.get("apiVersion", "")).startswith("apiextensions.k8s.io/"):
            kind = _from_crd(document)
        elif is_document_schema(document):
            kind = _from_schema(document)
        else:
            kind = _from_own(document)
        _check_new(kind, registry)
    except _Wrong as wrong:
        return Custom(kind=None, faults=(wrong.fault,))
    return Custom(kind=kind)


def _from_schema(document: Mapping[str, object]) -> Kind:
    definition = own_form(document)
    if definition is None:
        message = "name one kind and its apiVersion, by `const` or `enum` of properties.kind and properties.apiVersion"
        raise _Wrong("properties", message)
    return _from_own(definition)


def _from_own(document: Mapping[str, object]) -> Kind:
    for name in sorted(document.keys() - _FIELDS):
        raise _Wrong(name, f"unknown field `{name}`; known are {', '.join(sorted(_FIELDS))}")
    group, versions = _group_and_versions(document)
    name = _text(document, "kind")
    scope = document.get("scope", "Namespaced")
    if scope not in {"Namespaced", "Cluster"}:
        raise _Wrong("scope", "the scope is Namespaced or Cluster")
    return Kind(
        name=name,
        group=group,
        plural=_text(document, "plural", f"{name.lower()}s"),
        versions=versions,
        namespaced=scope == "Namespaced",
        schema=_schema(document.get("schema"), "schema"),
    )


def _group_and_versions(document: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    if "apiVersion" in document:
        group, version = split_api_version(_text(document, "apiVersion"))
        if not group or not version:
            raise _Wrong("apiVersion", "an apiVersion of the form group/version is needed, such as acme.dev/v1")
        return group, (version,)
    versions = document.get("versions")
    if not isinstance(versions, list) or not versions or not all(isinstance(one, str) and one for one in versions):
        raise _Wrong("versions", "give `apiVersion: group/version`, or `group` and a list of `versions`")
    return _text(document, "group"), tuple(versions)


def _from_crd(document: Mapping[str, object]) -> Kind:
    if document.get("kind") != "CustomResourceDefinition" or document.get("apiVersion") != "apiextensions.k8s.io/v1":
        raise _Wrong("apiVersion", "only a CustomResourceDefinition of apiextensions.k8s.io/v1 can be read")
    spec = _object(document.get("spec"), "spec")
    names = _object(spec.get("names"), "spec.names")
    versions = spec.get("versions")
    if not isinstance(versions, list) or not versions:
        raise _Wrong("spec.versions", "a list of versions is needed")
    served: list[str] = []
    stored: object = None
    for index, version in enumerate(versions):
        entry = _object(version, f"spec.versions[{index}]")
        if entry.get("served", True):
            served.append(_text(entry, "name", path=f"spec.versions[{index}]"))
        if stored is None or entry.get("storage"):
            stored = _object(entry.get("schema", {}), f"spec.versions[{index}].schema").get("openAPIV3Schema", {})
    schema = closed_schema(_object(stored, "spec.versions"))
    properties = schema.get("properties")
    content = properties.get("spec", {"type": "object"}) if isinstance(properties, dict) else {"type": "object"}
    short = names.get("shortNames", [])
    return Kind(
        name=_text(names, "kind", path="spec.names"),
        group=_text(spec, "group", path="spec"),
        plural=_text(names, "plural", path="spec.names"),
        versions=tuple(served),
        namespaced=spec.get("scope", "Namespaced") == "Namespaced",
        short_names=tuple(map(str, short)) if isinstance(short, list) else (),
        schema=_schema(content, "spec.versions"),
    )


def _check_new(kind: Kind, registry: Registry) -> None:
    if not kind.versions:
        raise _Wrong("spec.versions", "no version is served")
    if not is_dns_label(kind.name) or not is_dns_label(kind.plural) or "." not in kind.group:
        raise _Wrong("kind", f"kind {kind.name!r}, plural {kind.plural!r} and group {kind.group!r} must be valid names")
    known = registry.kind(kind.name, kind.group)
    if known is not None and not known.schema:
        raise _Wrong("kind", f"{kind.name} of {kind.group} is built in and cannot be defined anew")
    if known is None and is_ours(kind.group) and kind.group.endswith("istio.io"):
        raise _Wrong("group", f"{kind.group} is a group of Istio's: choose a group of your own")


def _schema(schema: object, path: str) -> str:
    """The schema as JSON text, if it is one that can be used."""
    content = _object(schema, path)
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    if len(text) > LARGEST:
        raise _Wrong(path, f"the schema has {len(text)} bytes, {LARGEST} is the most")
    _check_depth(content, path, 0)
    from schemas.custom_check import schema_problem  # noqa: PLC0415  few meshes have kinds of their own

    if problem := schema_problem(text.decode()):
        raise _Wrong(path, problem)
    return text.decode()


def _check_depth(value: object, path: str, depth: int) -> None:
    if depth > DEEPEST:
        raise _Wrong(path, f"the schema is deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _REFERENCES and not str(inner).startswith("#"):
                raise _Wrong(path, f"the schema refers to `{str(inner)[:80]}`: only references into itself (#...) work")
            _check_depth(inner, path, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_depth(inner, path, depth + 1)


def _text(document: Mapping[str, object], name: str, default: str = "", *, path: str = "") -> str:
    value = document.get(name, default)
    if not isinstance(value, str) or not value:
        raise _Wrong(f"{path}.{name}" if path else name, f"`{name}` must be a text")
    return value


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _Wrong(path, "expected an object")
    return value
