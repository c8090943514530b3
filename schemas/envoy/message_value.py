"""Content in JSON against one of Envoy's messages: names of fields, types, ranges, one-ofs, at any depth. Pure.

As Istio does it: a wrong type is an error, a field that is not known a warning, since the proxy may know it. Istio
reads this content by Go's jsonpb, which takes the proto names and the camelCase ones, numbers of 64 bits as text,
durations such as `500ms`.
Source: istio pkg/config/xds/xds.go and pkg/config/validation/envoyfilter/envoyfilter.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from schemas.envoy.message_types import is_elsewhere, is_frozen, is_old, message_type
from schemas.envoy.scalar import scalar_problem, well_known_problem
from schemas.fault import Fault, invalid, warned
from schemas.path import join
from schemas.structure import found_text
from schemas.suggest import did_you_mean

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

_ANY: Final = "google.protobuf.Any"
_TYPE: Final = "@type"
_FREE: Final = frozenset({"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"})
_LISTED: Final = 20


def check_message(value: object, message: Descriptor, path: str) -> Iterator[Fault]:
    """What is wrong with the content at `path`, which should be of that message."""
    if message.full_name == _ANY:
        yield from _check_any(value, path)
        return
    problem = well_known_problem(message.full_name, value)
    if problem is not None:
        if problem:
            yield invalid(path, problem)
        return
    if not isinstance(value, dict):
        yield invalid(path, f"expected an object ({message.full_name}), got {found_text(value)}")
        return
    yield from _check_fields(value, message, path)


def _check_fields(value: dict[str, Any], message: Descriptor, path: str) -> Iterator[Fault]:
    fields = {name: field for field in message.fields for name in (field.json_name, field.name)}
    chosen: dict[str, str] = {}
    for name, inner in value.items():
        where = join(path, name)
        field = fields.get(name)
        if field is None:
            yield _unknown(name, message, where)
        elif inner is not None:
            group = field.containing_oneof
            if group is not None and group.name in chosen:
                yield invalid(where, f"`{name}` and `{chosen[group.name]}` exclude each other", "keep one of them")
            elif group is not None:
                chosen[group.name] = name
            yield from _check_field(inner, field, where)
    yield from _check_typed(value, fields, message, path)


def _unknown(name: str, message: Descriptor, path: str) -> Fault:
    known = [field.name for field in message.fields]
    listed = "known fields here: " + ", ".join(sorted(known)) if len(known) <= _LISTED else ""
    text = f"{message.full_name} has no field `{name[:80]}`: a proxy would refuse it, unless it is newer"
    return warned(path, text, did_you_mean(name, known) or listed)


def _check_typed(
    value: dict[str, Any], fields: dict[str, FieldDescriptor], message: Descriptor, path: str
) -> Iterator[Fault]:
    """An extension is known by the type of its configuration; by its name alone it is found no more."""
    config = fields.get("typed_config")
    if config is None or config.message_type is None or config.message_type.full_name != _ANY:
        return
    if not {"typed_config", "typedConfig", "config_discovery", "configDiscovery"} & value.keys():
        name = value.get("name", "")
        hint = "add `typed_config` with an `@type`"
        yield warned(path, f"the {message.name} `{str(name)[:80]}` has no `typed_config`: its name means nothing", hint)


def _check_field(value: object, field: FieldDescriptor, path: str) -> Iterator[Fault]:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        if not isinstance(value, dict):
            yield invalid(path, f"expected a map, got {found_text(value)}")
            return
        for key, item in value.items():
            if problem := scalar_problem(inner.fields_by_name["key"], key, key=True):
                yield invalid(join(path, key), problem)
            yield from _check_one(item, inner.fields_by_name["value"], join(path, key))
    elif field.is_repeated and not (inner is not None and inner.full_name in _FREE):
        if not isinstance(value, list):
            yield invalid(path, f"expected a list, got {found_text(value)}", "begin each item of the list with `- `")
            return
        for index, item in enumerate(value):
            yield from _check_one(item, field, f"{path}[{index}]")
    else:
        yield from _check_one(value, field, path)


def _check_one(value: object, field: FieldDescriptor, path: str) -> Iterator[Fault]:
    if field.message_type is not None:
        yield from check_message(value, field.message_type, path)
    elif problem := scalar_problem(field, value):
        yield invalid(path, problem)


def _check_any(value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield invalid(path, f"expected an object with `@type`, got {found_text(value)}")
        return
    if not value:
        return
    where = join(path, _TYPE)
    url = value.get(_TYPE)
    if not isinstance(url, str):
        hint = "such as type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
        yield invalid(path if url is None else where, "a configuration of any type needs its `@type`", hint)
        return
    name = url.rpartition("/")[2]
    message = message_type(name)
    if message is None:
        if not is_elsewhere(name):
            hint = "use the v3 API" if is_old(name) else ""
            yield invalid(where, f"`{url[:120]}` is not a type that Envoy has", hint)
        return
    if is_frozen(message):
        yield warned(where, f"`{name}` is of a version of Envoy's API that was given up")
    rest = {key: inner for key, inner in value.items() if key != _TYPE}
    if message.full_name == _ANY or well_known_problem(message.full_name, None) is not None:
        yield from check_message(rest.get("value"), message, join(path, "value"))
    else:
        yield from check_message(rest, message, path)
