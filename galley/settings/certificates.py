"""`Certificates`: the PEM files of a TLS connection to a server."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from galley.settings.branch import Branch


class Certificates(Branch):
    """Whom we trust, and who we are; a certificate goes with its key."""

    ca: Path | None = Field(default=None, description="PEM; by default the system's authorities")
    certificate: Path | None = Field(default=None, description="PEM, the client's; with `key`")
    key: Path | None = None

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            msg = "`certificate` and `key` go together"
            raise ValueError(msg)
        return self
