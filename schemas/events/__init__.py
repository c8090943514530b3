"""What a server tells of what happens: one model an event's data, and the CloudEvent around it.

The catalogue (`schemas.events.catalogue`) is closed: nothing is told that is not in it. Within a version (`v1`) fields
are only ever added; `python -m schemas.generate` writes the JSON Schema of each type beside these modules.
"""
