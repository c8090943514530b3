"""`EventData`: what the data of every event has in common."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator


class EventData(BaseModel):
    """The `data` of an event; `TYPE` is the CloudEvent's type, `io.galley.WHAT.WORD.vN`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str] = ""

    revision: int = Field(ge=0, description="The revision that it belongs to; 0 before the first.")

    @field_validator("*", mode="before")
    @classmethod
    def _as_unicode(cls, value: object) -> object:
        """Let any text through: a file's name need not be Unicode."""
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value

    @classmethod
    def word(cls) -> str:
        """Return what happened in one word, such as `published`."""
        return cls.TYPE.split(".")[-2]

    @property
    def subject(self) -> str:
        """What it is about, as a path: `revisions/41`, `objects/VirtualService/default/a`, `sources/files`."""
        return f"revisions/{self.revision}"
