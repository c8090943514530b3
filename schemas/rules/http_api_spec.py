"""Rules of HTTPAPISpec and its binding. Pure. Source: Istio 1.4's `ValidateHTTPAPISpec`.

Istio looks at the attributes of the spec again where it meant those of a pattern, and so refuses a spec without any;
here those of the pattern are looked at, as Istio's text says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.fault import Fault, invalid
from schemas.kinds.http_api_spec import HTTPAPISpec, HTTPAPISpecBinding, HTTPAPISpecPattern
from schemas.path import join
from schemas.rules.mixer_service import check_bound
from schemas.rules.regex import check_re2
from schemas.types.mixer_attributes import Attributes, AttributeValue


def check_http_api_spec(spec: HTTPAPISpec, path: str, namespace: str) -> Iterator[Fault]:
    """At least one pattern, each with a method; attributes and keys that say something."""
    del namespace
    yield from _check_attributes(spec.attributes, f"{path}.attributes")
    if not spec.patterns:
        yield invalid(f"{path}.patterns", "at least one pattern is needed")
    for index, pattern in enumerate(spec.patterns):
        yield from _check_pattern(pattern, f"{path}.patterns[{index}]")
    for index, key in enumerate(spec.api_keys):
        for name, value in (("query", key.query), ("header", key.header), ("cookie", key.cookie)):
            if value == "":
                yield invalid(f"{path}.apiKeys[{index}].{name}", "must not be empty")


def check_http_api_spec_binding(binding: HTTPAPISpecBinding, path: str, namespace: str) -> Iterator[Fault]:
    """Services and specs that can be such."""
    del namespace
    yield from check_bound(binding.services, binding.api_specs, path, "apiSpecs")


def _check_pattern(pattern: HTTPAPISpecPattern, path: str) -> Iterator[Fault]:
    yield from _check_attributes(pattern.attributes, f"{path}.attributes")
    if not pattern.http_method:
        yield invalid(f"{path}.httpMethod", "the method must not be empty")
    if pattern.uri_template == "":
        yield invalid(f"{path}.uriTemplate", "must not be empty")
    if pattern.regex == "":
        yield invalid(f"{path}.regex", "must not be empty")
    elif pattern.regex is not None:
        yield from check_re2(pattern.regex, f"{path}.regex")


def _check_attributes(attributes: Attributes | None, path: str) -> Iterator[Fault]:
    if attributes is None:
        return
    if not attributes.attributes:
        yield invalid(f"{path}.attributes", "at least one attribute is needed")
    for name, value in attributes.attributes.items():
        yield from _check_value(value, join(f"{path}.attributes", name))


def _check_value(value: AttributeValue, path: str) -> Iterator[Fault]:
    if value.string_value == "":
        yield invalid(f"{path}.stringValue", "must not be empty")
    if value.bytes_value == "":
        yield invalid(f"{path}.bytesValue", "must not be empty")
    if value.timestamp_value is not None and not _is_time(value.timestamp_value):
        yield invalid(
            f"{path}.timestampValue", f"`{value.timestamp_value[:40]}` is not a time such as 2020-01-01T00:00:00Z"
        )
    if value.string_map_value is not None and not value.string_map_value.entries:
        yield invalid(f"{path}.stringMapValue.entries", "must not be empty")


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
