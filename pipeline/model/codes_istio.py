"""Istio's own codes, for the rules that are Istio's. Pure data.

Numbers and names: istio.io, pkg/config/analysis/msg/messages.yaml; https://istio.io/latest/docs/reference/config/analysis/
"""

from __future__ import annotations

from pipeline.model.code import Code, error, warning

ISTIO_CODES: tuple[Code, ...] = (
    error(
        "IST0106",
        "The object is not valid",
        "Istio's validation refuses a value of the object (SchemaValidationError).",
        "Change the value at the place named; the message says what is allowed.",
    ),
    warning(
        "IST0133",
        "The object is valid, with a warning",
        "Istio's validation accepts the object, but warns that a value probably does not do what is meant"
        " (SchemaWarning).",
        "Change the value at the place named, or leave it if it is meant.",
    ),
)
"""The entries, in the order of their numbers."""
