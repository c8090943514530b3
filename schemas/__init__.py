"""What each kind of configuration looks like: types, ranges, one-ofs, and the rules between the fields of one object.

The lowest row: imports nothing of ours, does no I/O, reads no clock. Here live the models (`schemas.kinds`, made of
`schemas.types`), the rules of Istio's validation (`schemas.rules`), the registry of kinds, the check of one object, and
what is generated from the models (JSON Schema, CRDs). What depends on a second object does not belong here.
"""
