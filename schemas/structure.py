"""What pydantic says of a document, in the words of people who write YAML. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas import fault as codes
from schemas.fault import Fault
from schemas.path import render
from schemas.remedy import remedy
from schemas.shape import at, bare, fields_of, kind_of, message_of
from schemas.suggest import did_you_mean

Steps = tuple[str | int, ...]
_SHOWN = 60
_LISTED = 20

_EXPECTED: Mapping[str, str] = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a number of 64 bits",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "duration_type": "a duration such as 1.5s",
    "bytes_type": "a string",
}


def found_text(value: object) -> str:
    """What somebody wrote, named as in YAML and cut to a readable length."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {_cut(str(value))}"
        case str():
            return f'the string "{_cut(value)}"'
        case list() | tuple():
            return "a list"
        case _:
            return "an object"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def structural_fault(model: type[BaseModel], error: ErrorDetails, prefix: str) -> Fault:
    """The fault that an error of pydantic's is; `prefix` is where the model's document begins (`spec`)."""
    steps = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        return unknown_field(model, steps, prefix)
    if (expected := _EXPECTED.get(error["type"])) is not None:
        return _wrong_type(model, error, expected, prefix)
    make = _SPECIAL.get(error["type"], _plain)
    return make(model, error, render(steps, prefix))


def unknown_field(model: type[BaseModel], steps: Steps, prefix: str) -> Fault:
    """The fault of a field that the model has not, with where it was probably meant to be."""
    *parents, last = steps
    name = str(last)
    level = message_of(at(model, parents)) or model
    where = render(parents, prefix) or "the document"
    return Fault(
        code=codes.UNKNOWN_FIELD,
        severity="error",
        path=render(steps, prefix),
        message=f"unknown field `{name}` in {where}",
        hint=_elsewhere(model, tuple(parents), name, prefix) or _at_level(level, name),
    )


def _at_level(level: type[BaseModel], name: str) -> str:
    known = sorted(fields_of(level))
    listed = "known fields here: " + ", ".join(known) if 0 < len(known) <= _LISTED else ""
    return did_you_mean(name, known) or listed


def _elsewhere(model: type[BaseModel], parents: Steps, name: str, prefix: str) -> str:
    """Where the field does exist: at a level above, or in an object one level below."""
    for depth in range(len(parents) - 1, -1, -1):
        level = message_of(at(model, parents[:depth]))
        if level is not None and name in fields_of(level):
            return f"`{name}` belongs into {render(parents[:depth], prefix) or 'the document'}: check the indentation"
    level = message_of(at(model, parents))
    if level is None:
        return ""
    below = [key for key, kind in fields_of(level).items() if (inner := message_of(kind)) and name in fields_of(inner)]
    return f"`{name}` belongs into `{below[0]}` here: check the indentation" if below else ""


def _wrong_type(model: type[BaseModel], error: ErrorDetails, expected: str, prefix: str) -> Fault:
    steps = tuple(error["loc"])
    in_key = bool(steps) and steps[-1] == "[key]"
    value = error["input"]
    found, hint = found_text(value), remedy(expected, value, at(model, steps))
    if getattr(model, "CONFIDENTIAL", False) and isinstance(value, bool | int | float | str):
        found = "text" if isinstance(value, str) else "what is no text"
        hint = "put it in quotes" if expected == "a string" else ""
    return Fault(
        code=codes.WRONG_TYPE,
        severity="error",
        path=render(steps[:-1] if in_key else steps, prefix),
        message=f"expected {expected}, got {found}",
        hint=hint,
    )


def _missing(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    steps = tuple(error["loc"])
    kind = kind_of(at(model, steps)) if steps else "a value"
    return Fault(
        code=codes.MISSING_FIELD,
        severity="error",
        path=path,
        message=f"`{steps[-1] if steps else ''}` is required and missing",
        hint=f"add `{steps[-1] if steps else ''}` ({kind})",
    )


def _literal(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    annotation = at(model, tuple(error["loc"]))
    known = tuple(map(str, get_args(bare(annotation)))) if annotation is not None else ()
    value = error["input"]
    return Fault(
        code=codes.OUT_OF_RANGE if isinstance(value, str) else codes.WRONG_TYPE,
        severity="error",
        path=path,
        message=f"expected one of {', '.join(known)}, got {found_text(value)}",
        hint=did_you_mean(value, known) if isinstance(value, str) else "",
    )


def _one_of(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return Fault(code=codes.ONE_OF, severity="error", path=path, message=error["msg"], hint="keep one of them")


def _duration(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return Fault(
        code=codes.OUT_OF_RANGE,
        severity="error",
        path=path,
        message=f"expected a duration such as 1.5s, 500ms or 1h, got {found_text(error['input'])}",
        hint="add a unit: h, m, s or ms" if str(error["input"]).replace(".", "").isdigit() else "",
    )


def _short_duration(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return codes.invalid(path, f"expected a duration of 1ms or more, got {found_text(error['input'])}")


def _precise_duration(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return codes.invalid(path, f"expected a duration in whole milliseconds, got {found_text(error['input'])}")


def _no_json(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return Fault(code=codes.WRONG_TYPE, severity="error", path=path, message=error["msg"])


def _bound(text: str, key: str) -> Callable[[type[BaseModel], ErrorDetails, str], Fault]:
    def make(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
        del model
        limit = error.get("ctx", {}).get(key, "")
        value = error["input"]
        found = f"{len(value)}" if isinstance(value, list | str | dict) else found_text(value)
        return Fault(
            code=codes.OUT_OF_RANGE, severity="error", path=path, message=f"expected {text.format(limit)}, got {found}"
        )

    return make


def _plain(model: type[BaseModel], error: ErrorDetails, path: str) -> Fault:
    del model
    return Fault(code=codes.OUT_OF_RANGE, severity="error", path=path, message=error["msg"])


_SPECIAL: Mapping[str, Callable[[type[BaseModel], ErrorDetails, str], Fault]] = {
    "missing": _missing,
    "literal_error": _literal,
    "one_of": _one_of,
    "duration_format": _duration,
    "duration_short": _short_duration,
    "duration_precision": _precise_duration,
    "json_invalid": _no_json,
    "greater_than_equal": _bound("{} or more", "ge"),
    "less_than_equal": _bound("{} or less", "le"),
    "too_long": _bound("{} items at most", "max_length"),
    "too_short": _bound("{} items at least", "min_length"),
    "string_too_long": _bound("{} characters at most", "max_length"),
    "string_too_short": _bound("{} characters at least", "min_length"),
}
