"""The spec of each kind, one kind a file. Pure models: field names, types, ranges; rules are in `schemas.rules`."""
