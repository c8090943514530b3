"""The records of the public topics `resources` and `revisions`, as JSON Schemas for those who build on them.

Within a format (`f`) fields are only ever added; `python -m schemas.generate` writes the schemas beside these modules.
"""
