"""Whom the server tells of commits: forges, by statuses; people, by Slack; programs, by a webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from galley.settings.address import is_loopback
from galley.settings.branch import Branch, Several


class NotifyTarget(Branch):
    """One that is told. Secrets are in files, and read anew each time, since they may be renewed.

    `url` is a forge's API (`https://api.github.com`, `https://gitlab.example/api/v4`, `https://gitea.example/api/v1`),
    empty for that of the host that the repository is on; or a webhook's address. Slack's address is its secret.
    """

    kind: Literal["github", "gitlab", "gitea", "webhook", "slack"]
    url: str = ""
    url_file: Path | None = Field(default=None, description="a file with the address, where that is secret: Slack's")
    token_file: Path | None = Field(default=None, description="a file with a forge's token; it may set statuses")
    secret_file: Path | None = Field(default=None, description="a file with what a webhook's body is signed with")
    repository: str = Field(default="", description="OWNER/NAME at the forge; empty: as in the repository's URL")
    sources: Several[str] = Field(default=(), description="git sources of which to tell; empty: all")
    only: Literal["all", "failures"] = Field(default="all", description="what a webhook or Slack is told")

    @model_validator(mode="after")
    def _checked(self) -> NotifyTarget:
        """Say what is missing."""
        if self.url:
            _check_url(self.url)
        match self.kind:
            case "github" | "gitlab" | "gitea":
                if self.token_file is None:
                    raise ValueError(f"{self.kind} needs token_file: a file with a token that may set statuses")
            case "webhook":
                if not self.url and self.url_file is None:
                    raise ValueError("webhook needs url, or url_file")
            case "slack":
                if self.url_file is None:
                    raise ValueError("slack needs url_file: a file with the address of an incoming webhook")
        return self


class NotifySettings(Branch):
    """All that are told, and under which name."""

    targets: tuple[NotifyTarget, ...] = ()
    context: str = Field(
        default="galley", min_length=1, max_length=100, description="the name of the status at a forge"
    )
    link: str = Field(default="", description="where people see more; shown beside a status")


def _check_url(url: str) -> None:
    """Raise ValueError where a secret would be sent for everybody to read."""
    split = urlsplit(url)
    if split.scheme not in {"https", "http"} or not split.hostname:
        raise ValueError(f"{url}: write https://HOST/...")
    if split.username or split.password:
        raise ValueError("secrets do not belong into a URL; put them into a file")
    if split.scheme == "http" and not is_loopback(f"{split.hostname}:80"):
        raise ValueError(f"{url}: what is sent there can be read by anybody on the way; use https://")
