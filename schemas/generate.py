"""Writes the JSON Schemas of kinds, events and records: `python -m schemas.generate [--check] [FOLDER]`.

The one program of this row, and the one module that touches files. With `--check` it writes nothing, and exits with 1
where a file is missing or not what it would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from schemas.events.catalogue import CATALOGUE
from schemas.events.cloud_event import event_schema
from schemas.json_schema import json_schema
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from schemas.streams.records import RECORDS

__all__ = ["FOLDER", "files", "json_schema", "main"]

FOLDER = Path(__file__).parent


def files() -> dict[str, bytes]:
    """The content of every file, by its path: of kinds in `json`, events in `events`, records in `streams`."""
    kinds: list[Kind] = [kind for kind in DEFAULT_REGISTRY if kind.model and not kind.foreign]
    found = {f"json/{DEFAULT_REGISTRY.word(kind)}.json": json_schema(kind) for kind in kinds}
    found |= {f"events/{type_}.json": event_schema(model) for type_, model in CATALOGUE.items()}
    found |= {f"streams/{name}.json": schema for name, schema in RECORDS.items()}
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return {path: orjson.dumps(schema, option=option) for path, schema in found.items()}


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; the number is the exit code."""
    compare = "--check" in arguments
    folders = [argument for argument in arguments if not argument.startswith("-")]
    folder = Path(folders[0]) if folders else FOLDER
    stale = [name for name, content in files().items() if not _is(folder / name, content)]
    if compare:
        for name in stale:
            sys.stderr.write(f"{folder / name} is not what the models say: run python -m schemas.generate\n")
        return 1 if stale else 0
    for name in stale:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(files()[name])
    return 0


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
