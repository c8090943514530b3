"""How a value of a wrong type is repaired, in the words of people who write YAML. Pure."""

from __future__ import annotations

from schemas.shape import Annotation, fields_of, message_of

_LISTED = 10


def remedy(expected: str, value: object, annotation: Annotation | None) -> str:
    """What to write instead of `value`, where something else than `expected` stands; empty where nobody can know."""
    match expected, value:
        case "a string", bool() | int() | float():
            return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
        case "a whole number" | "a number", str() if value.strip().lstrip("-").replace(".", "", 1).isdigit():
            return f"write {value.strip()} without quotes"
        case "true or false", str() if value.lower() in {"true", "false"}:
            return f"write {value.lower()} without quotes"
        case "a list", dict() | str() | int():
            return "begin each item of the list with `- `"
        case "an object" | "a map", list():
            return "remove the `- ` before the fields"
        case "an object", _:
            return _fields(annotation)
        case "a duration such as 1.5s", int() | float() if not isinstance(value, bool):
            return f"add a unit: {value}s"
        case _:
            return ""


def _fields(annotation: Annotation | None) -> str:
    model = message_of(annotation)
    known = sorted(fields_of(model)) if model is not None else []
    return f"write fields of it: {', '.join(known)}" if 0 < len(known) <= _LISTED else ""
