"""Codes GLY01xx: an object that does not have the shape of its kind (`schemas.fault`). Pure data."""

from __future__ import annotations

from pipeline.model.code import Code, error, info, strict

SCHEMA_CODES: tuple[Code, ...] = (
    strict(
        "GLY0101",
        "Unknown field",
        "The kind has no field of that name at this place. It would be dropped in silence, so the object is held.",
        "Mend the spelling or the indentation; the hint names the nearest known field, or where this one belongs.",
    ),
    error(
        "GLY0102",
        "A value of the wrong type",
        "The field takes another type: text where a number stands, a list where an object stands, and so on.",
        "Write the type that the message names; quotes make text, no quotes a number or true and false.",
    ),
    error(
        "GLY0103",
        "A value out of range",
        "The type is right, but the value is not one that the field takes.",
        "Use one of the values, or a value between the bounds, that the message names.",
    ),
    error(
        "GLY0104",
        "A required field is missing",
        "The kind cannot do without the field.",
        "Add it at the place named.",
    ),
    error(
        "GLY0105",
        "More than one of fields that exclude each other",
        "At most one of these fields may be set; which of them is meant?",
        "Keep one of them.",
    ),
    error(
        "GLY0106",
        "Unknown kind",
        "The group is one that Galley reads, but it has no kind of that name.",
        "Mend the spelling of `kind` or the group in `apiVersion`; the hint names the nearest known one.",
    ),
    error(
        "GLY0107",
        "Unknown version of a kind",
        "The kind is known, but was never served under this version.",
        "Use one of the versions that the hint names.",
    ),
    info(
        "GLY0108",
        "Somebody else's kind",
        "The document is of a group that Galley does not read. It is left alone.",
        "Nothing to do, unless the group in `apiVersion` is misspelt.",
    ),
    info(
        "GLY0109",
        "A kind that has no effect yet",
        "The kind is known and its objects are carried, but nothing is made of them yet.",
        "Nothing to do; do not rely on the object.",
    ),
    error(
        "GLY0110",
        "A kind's own schema is invalid",
        "The JSON Schema that was given for a custom kind is not a valid schema.",
        "Mend the schema; the message says where.",
    ),
    error(
        "GLY0111",
        "The object violates its kind's schema",
        "The object does not fit the JSON Schema that was given for its kind.",
        "Change the value at the place named so that it fits.",
    ),
    strict(
        "GLY0112",
        "A URL that leads to the machine or network of whoever fetches it",
        "The URL names this machine (loopback), a link-local or multicast address, or the metadata service of a cloud,"
        " in whatever way of writing. Whoever writes the object could have it asked for what he cannot reach himself.",
        "Name a host that serves what is to be fetched.",
    ),
    strict(
        "GLY0113",
        "A regular expression that RE2 does not take",
        "Proxies and Galley run expressions by RE2, in time linear in the text; this one has what RE2 has not, such as"
        " lookahead or back references. Istio only refuses such an expression in some fields.",
        "Write it without; see the syntax of RE2.",
    ),
    strict(
        "GLY0114",
        "A regular expression that costs too much",
        "The expression compiles to so large a program that matching by it is slow, or that a proxy refuses it.",
        "Write smaller counts than {1000}, nest none of them, or match by a prefix.",
    ),
)
"""The entries, in the order of their numbers."""
