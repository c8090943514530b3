"""Codes GLY0001 to GLY0049: what reading files and documents finds. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error, warning

SYNTAX: Final = "GLY0001"
ENCODING: Final = "GLY0002"
TOO_LARGE: Final = "GLY0003"
TOO_MANY_DOCUMENTS: Final = "GLY0004"
TOO_DEEP: Final = "GLY0005"
ALIAS_EXPANSION: Final = "GLY0006"
DUPLICATE_KEY: Final = "GLY0007"
TAG: Final = "GLY0008"
AMBIGUOUS_SCALAR: Final = "GLY0009"
NOT_AN_OBJECT: Final = "GLY0010"
MISSING_API_VERSION: Final = "GLY0011"
MISSING_KIND: Final = "GLY0012"
MISSING_NAME: Final = "GLY0013"
GENERATE_NAME: Final = "GLY0014"
UNKNOWN_DOCUMENT_FIELD: Final = "GLY0015"
WRONG_DOCUMENT_TYPE: Final = "GLY0016"
TWICE_IN_FILE: Final = "GLY0017"
UNUSABLE_KEY: Final = "GLY0018"
UNUSABLE_NUMBER: Final = "GLY0019"
MERGE_ORDER: Final = "GLY0020"
TOO_MANY_NODES: Final = "GLY0021"
UNREADABLE_FILE: Final = "GLY0022"
BAD_LIST: Final = "GLY0023"
OUTSIDE: Final = "GLY0024"

DOCUMENT_CODES: tuple[Code, ...] = (
    error(
        SYNTAX,
        "The text is neither YAML nor JSON",
        "The file could not be parsed to its end. All objects that it had stay as they were last good.",
        "Mend the syntax at the line and column named; nothing else of the mesh is affected.",
    ),
    error(
        ENCODING,
        "The file is not UTF-8 text",
        "Documents are UTF-8, with or without a byte order mark. This file is in another encoding (UTF-16 is common on"
        " Windows), holds control characters or NUL bytes, or is no text at all. All objects that it had stay.",
        "Save the file as UTF-8. PowerShell: `Out-File -Encoding utf8`.",
    ),
    error(
        TOO_LARGE,
        "The file is too large",
        "A file above the limit is not read, so that one file cannot exhaust the server. All objects that it had stay.",
        "Split the file into several; each document may stay as it is.",
    ),
    error(
        TOO_MANY_DOCUMENTS,
        "The file has too many documents",
        "The number of documents (items of lists included) in one file is limited. All objects that it had stay.",
        "Split the file into several.",
    ),
    error(
        TOO_DEEP,
        "The document is nested too deeply",
        "No kind of configuration needs so many levels: this is a generator's mistake or an attack.",
        "Look at the line named for a list or an object that holds itself, level after level.",
    ),
    error(
        ALIAS_EXPANSION,
        "Aliases make the file too large",
        "The text's aliases (`*name`) stand for more text than is allowed, or for themselves. The file is refused"
        " before it is expanded. All objects that it had stay.",
        "Write the repeated parts out, or use fewer aliases.",
    ),
    error(
        DUPLICATE_KEY,
        "A key stands twice in the same object",
        "YAML forbids it, and parsers differ in which of the two they take: one of them would be dropped in silence."
        " The object stays as it was last good.",
        "Remove one of the two; the other's line is named.",
    ),
    error(
        TAG,
        "The document has a tag",
        "Tags (`!name`, `!!type`) ask the parser for a special type. Configuration has no use for them, and what they"
        " mean differs from parser to parser.",
        "Remove the tag; put text that looks like a number or a boolean in quotes.",
    ),
    warning(
        AMBIGUOUS_SCALAR,
        "YAML 1.1 and 1.2 read this value differently",
        "Unquoted values such as `on`, `yes`, `010`, `1e3` or `12:30` are a boolean or a number to one parser and text"
        " to another. Galley reads them as kubectl does, and the message says how.",
        "Put it in quotes if it is text; write `true`, `false` or the plain decimal number if it is not.",
    ),
    error(
        NOT_AN_OBJECT,
        "The document is not an object",
        "A document must be a mapping with apiVersion, kind and metadata; this one is a list or a single value.",
        "Write the fields at the left margin, `key: value`, one a line; put `---` between documents.",
    ),
    error(
        MISSING_API_VERSION,
        "The document has no apiVersion",
        "Without apiVersion nobody knows whose kind this is.",
        "Add `apiVersion`, for example `apiVersion: networking.istio.io/v1`.",
    ),
    error(
        MISSING_KIND,
        "The document has no kind",
        "Without kind nobody knows what this document is.",
        "Add `kind`, for example `kind: VirtualService`.",
    ),
    error(
        MISSING_NAME,
        "The object has no name",
        "An object is known by its kind, namespace and name. What this file said before stays.",
        "Add `metadata.name`.",
    ),
    error(
        GENERATE_NAME,
        "The object's name would be generated",
        "`generateName` asks an API server to invent a name at creation. A file is read again and again, so an object"
        " in it needs a name of its own.",
        "Replace `metadata.generateName` by `metadata.name`.",
    ),
    error(
        UNKNOWN_DOCUMENT_FIELD,
        "The document or its metadata has an unknown field",
        "An object has apiVersion, kind, metadata and spec; anything beside them would be dropped in silence.",
        "Mend the spelling or the indentation; the hint names the nearest known field.",
    ),
    error(
        WRONG_DOCUMENT_TYPE,
        "apiVersion, kind or metadata has a value of the wrong type",
        "These fields are text, and labels and annotations are maps from text to text.",
        "Put the value in quotes.",
    ),
    error(
        TWICE_IN_FILE,
        "The same object stands twice in one file",
        "Two documents of the file have the same kind, namespace and name: which of them is meant? The object stays as"
        " it was last good.",
        "Remove one of the two, or give it another name; both lines are named.",
    ),
    error(
        UNUSABLE_KEY,
        "A key is not text",
        "A key that is null, a list or an object cannot be kept in JSON, which all configuration becomes.",
        "Write the key as text, in quotes where need be.",
    ),
    error(
        UNUSABLE_NUMBER,
        "A number that JSON cannot hold",
        "Infinity and not-a-number (`.inf`, `.nan`) have no form in JSON, which all configuration becomes.",
        "Write a finite number, or put the value in quotes if it is text.",
    ),
    warning(
        MERGE_ORDER,
        "A merge key overrides a key before it",
        "`<<` brings in a key that the object has already set on a line above. kubectl takes what comes last in the"
        " text, other parsers always take the object's own; Galley reads as kubectl does.",
        "Write `<<` as the first key of the object.",
    ),
    error(
        TOO_MANY_NODES,
        "The document has too many values",
        "The number of values in one document and in one file is limited, so that one file cannot exhaust the server.",
        "Split the object, or the file.",
    ),
    error(
        UNREADABLE_FILE,
        "The file or directory cannot be read",
        "The operating system refuses to read it, it vanished while it was read, or it is a FIFO, socket or device."
        " What it said before stays.",
        "Make it readable for the user that runs Galley, or remove it.",
    ),
    error(
        BAD_LIST,
        "The list of objects is malformed",
        "A `List` has `items`, each of which is an object of its own; lists in lists are read to a few levels only.",
        "Separate the objects with `---` instead.",
    ),
    warning(
        OUTSIDE,
        "A symbolic link leads out of the directory",
        "Only what lies inside the directory is read, so that nobody who may write a link can make Galley read"
        " something else. The link is left alone.",
        "Copy the file into the directory, or name the other directory as a source of its own.",
    ),
)
"""The entries, in the order of their numbers."""
