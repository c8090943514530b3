"""Push notifications of forges, which come in at `/hooks/git` on the webhook's address."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from galley.settings.branch import Branch


class GitHookSettings(Branch):
    """Without a secret nobody is listened to; repositories are asked every `git.poll` seconds all the same."""

    secret_file: Path | None = Field(default=None, description="a file with the secret that the forge signs with")
    window: float = Field(
        default=300.0,
        ge=10,
        le=86_400,
        description="seconds for which a signed time is good, and a repetition is known",
    )
