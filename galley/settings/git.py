"""Git repositories that are followed: which, how they are reached, and how much they may cost.

A repository is written `URL[#[BRANCH][:PATH]]` or as its fields. Secrets in a URL become `secret`, so that `url` can be
shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from galley.settings.branch import Branch, Several
from galley.settings.git_hook import GitHookSettings
from galley.settings.git_url import Scheme, check_path, check_ref, check_url, parts_of, scheme_of, without_secret


class GitRepository(Branch):
    """A repository to follow.

    `ref` is a branch or tag, empty for the repository's HEAD; `path` the subdirectory that is read, empty for all.
    """

    url: str
    ref: str = ""
    path: Annotated[str, AfterValidator(lambda path: path.removesuffix("/"))] = ""
    name: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]*)?$", description="the source's name; else git, git-2")
    all_or_nothing: bool = Field(default=False, description="a commit with any error is not applied at all")
    user: str = Field(default="", description="the user name that goes with the token; empty: what most servers take")
    token_file: Path | None = Field(default=None, description="a file with the token or password for https")
    ca_file: Path | None = Field(
        default=None, description="certificates that an https server's may be of; else the system's"
    )
    ssh_key: Path | None = Field(default=None, description="the private key for ssh; else what ssh has")
    known_hosts: Path | None = Field(default=None, description="the host keys for ssh; else the user's")
    alternates: bool = Field(default=False, description="whether a local repository may borrow objects of others")
    secret: SecretStr = Field(
        default=SecretStr(""), exclude=True, repr=False, description="from the URL; not a setting"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """Take a repository's URL apart."""
        if isinstance(value, str):
            return parts_of(value)
        if isinstance(value, dict) and isinstance(value.get("url"), str):
            return {**value, **without_secret(value["url"], value.get("user", ""))}
        return value

    @model_validator(mode="after")
    def _checked(self) -> GitRepository:
        check_url(self.url, secret=self.token_file is not None or bool(self.secret.get_secret_value()))
        check_ref(self.ref)
        check_path(self.path)
        return self

    @property
    def scheme(self) -> Scheme:
        """How the repository is reached."""
        return scheme_of(self.url)

    @property
    def location(self) -> str:
        """The repository as it was written, without secrets."""
        rest = f"{self.ref}:{self.path}" if self.path else self.ref
        return f"{self.url}#{rest}" if rest else self.url

    @property
    def directory(self) -> Path:
        """Where a repository of this machine lies."""
        path = unquote(urlsplit(self.url).path) if self.url.startswith("file://") else self.url
        return Path(path).expanduser().absolute()


def _distinct(repositories: tuple[GitRepository, ...]) -> tuple[GitRepository, ...]:
    """Return the repositories; raise ValueError where one stands twice, or a name does."""
    for what in ([one.location for one in repositories], [one.name for one in repositories if one.name]):
        twice = sorted({one for one in what if what.count(one) > 1})
        if twice:
            raise ValueError(f"{twice[0]} stands twice")
    return repositories


class GitSettings(Branch):
    """The repositories, how often one that is elsewhere is asked, and the limits on each."""

    repositories: Annotated[Several[GitRepository], AfterValidator(_distinct)] = ()
    poll: float = Field(default=10.0, ge=1, description="seconds between two questions to a repository elsewhere")
    rescan: float = Field(default=30.0, ge=1, description="seconds between two looks at a local one, beside its events")
    timeout: float = Field(default=120.0, ge=1, description="seconds that one fetch may take")
    max_bytes: int = Field(default=1 << 30, ge=1 << 20, description="bytes that one fetch may bring")
    max_files: int = Field(default=100_000, ge=1, description="files and directories that a commit may have")
    hook: GitHookSettings = GitHookSettings()
