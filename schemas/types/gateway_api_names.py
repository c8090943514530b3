"""Names, numbers and durations as the Gateway API writes them, with the lengths of its CRDs. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

ObjectName = Annotated[str, Field(min_length=1, max_length=253)]
"""The name of an object."""

SectionName = Annotated[str, Field(min_length=1, max_length=253)]
"""The name of a part of an object: of a listener, of a rule, of a Service's port."""

Namespace = Annotated[str, Field(min_length=1, max_length=63)]
"""The name of a namespace."""

Group = Annotated[str, Field(max_length=253)]
"""A group of Kubernetes; the empty text is the core group."""

KindName = Annotated[str, Field(min_length=1, max_length=63)]
"""A kind of Kubernetes."""

Hostname = Annotated[str, Field(min_length=1, max_length=253)]
"""A host name; where `*.` may begin it is for rules to say."""

HeaderName = Annotated[str, Field(min_length=1, max_length=256)]
"""The name of a header, or of a parameter of the query."""

DurationText = Annotated[str, Field(max_length=64)]
"""A duration as GEP-2257 has it: `1h30m`, `500ms`, `0s`; rules look at its form."""
