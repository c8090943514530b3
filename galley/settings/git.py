"""Git repositories that are followed: which, how they are reached, and how much they may cost. Pure.

A repository is written `URL[#[BRANCH][:PATH]]` or as its fields. Secrets in a URL become `secret`, so that `url` can be
shown; schemes that could run a program or leave the machine unasked are refused here.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from galley.settings.address import is_loopback
from galley.settings.branch import Branch, Several
from galley.settings.git_hook import GitHookSettings

Scheme: TypeAlias = Literal["https", "http", "ssh", "file"]
"""How a repository is reached; `file` is this machine's own disk."""

_SCP = re.compile(r"(?P<where>[^/:\[\]]+|[^/:\[\]]*\[[0-9a-fA-F:.]+\]):(?P<path>.+)\Z", re.DOTALL)
"""`user@host:path`, as git reads it: a colon before the first slash."""
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|\Z)|(?:\A|/)\.|[./]\Z|\A[-/]|\A@\Z")
"""What git's own rules for names of references forbid, and a leading dash (git-check-ref-format(1))."""


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
            return _parts(value)
        if isinstance(value, dict) and isinstance(value.get("url"), str):
            return {**value, **_secretless(value["url"], value.get("user", ""))}
        return value

    @model_validator(mode="after")
    def _checked(self) -> GitRepository:
        _check(self)
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


def _listed(value: object) -> object:
    """Return one repository as a list of one."""
    return (value,) if isinstance(value, dict) else value


def _distinct(repositories: tuple[GitRepository, ...]) -> tuple[GitRepository, ...]:
    """Return the repositories; raise ValueError where one stands twice, or a name does."""
    for what in ([one.location for one in repositories], [one.name for one in repositories if one.name]):
        twice = sorted({one for one in what if what.count(one) > 1})
        if twice:
            raise ValueError(f"{twice[0]} stands twice")
    return repositories


class GitSettings(Branch):
    """The repositories, how often one that is elsewhere is asked, and the limits on each."""

    repositories: Annotated[Several[GitRepository], BeforeValidator(_listed), AfterValidator(_distinct)] = ()
    poll: float = Field(default=10.0, ge=1, description="seconds between two questions to a repository elsewhere")
    rescan: float = Field(default=30.0, ge=1, description="seconds between two looks at a local one, beside its events")
    timeout: float = Field(default=120.0, ge=1, description="seconds that one fetch may take")
    max_bytes: int = Field(default=1 << 30, ge=1 << 20, description="bytes that one fetch may bring")
    max_files: int = Field(default=100_000, ge=1, description="files and directories that a commit may have")
    hook: GitHookSettings = GitHookSettings()


def scheme_of(url: str) -> Scheme:
    """Return how a URL is reached; raise ValueError, with the fix, where it is none that is followed."""
    scheme, mark, _ = url.partition("://")
    if mark and "/" not in scheme:
        match scheme.lower():
            case "https" | "http" | "ssh" | "file" as known:
                return known
            case "git":
                raise ValueError("git:// is neither private nor authentic; use https:// or ssh://")
            case _:
                raise ValueError(f"{scheme}:// is not followed; use https://, ssh://, file:// or a path")
    if "::" in url.partition("/")[0]:
        raise ValueError("transport helpers (NAME::...) are not followed; use https://, ssh://, file:// or a path")
    return "ssh" if _SCP.match(url) else "file"


def _parts(text: str) -> dict[str, object]:
    url, _, fragment = text.strip().partition("#")
    ref, _, path = fragment.partition(":")
    return {"ref": ref, "path": path, **_secretless(url, "")}


def _secretless(url: str, user: str) -> dict[str, object]:
    """Return a URL without what is secret in it; for http the user goes too: it is half of what is secret."""
    if not url.lower().startswith(("https://", "http://", "ssh://")):
        return {"url": url}
    split = urlsplit(url)
    account, at, host = split.netloc.rpartition("@")
    name, colon, password = account.partition(":")
    if split.scheme == "ssh":
        if colon:
            raise ValueError("a password in an ssh:// URL has no effect; use a key")
        return {"url": url}
    if not at:
        return {"url": url}
    # A lone user is a token, as GitHub's are written: https://TOKEN@github.com/...
    secret, user = (unquote(password), unquote(name)) if colon else (unquote(name), user)
    clean = urlunsplit((split.scheme, host, split.path, split.query, ""))
    return {"url": clean, "user": user, "secret": SecretStr(secret)}


_MESSAGE: Final = {
    "dash": "a URL, host or user that begins with a dash would be taken for an option",
    "control": "a URL has no spaces and no control characters (%20 is a space)",
}


def _check(repository: GitRepository) -> None:
    """Raise ValueError, with the fix, where a repository cannot be followed as it is written."""
    url = repository.url
    if not url:
        raise ValueError("name a repository: URL[#[BRANCH][:PATH]]")
    scheme = scheme_of(url)
    if url.startswith("-"):
        raise ValueError(_MESSAGE["dash"])
    if "\0" in url or (scheme != "file" and _CONTROL.search(url)) or "\n" in url:
        raise ValueError(_MESSAGE["control"])
    match scheme:
        case "https" | "http":
            _check_http(repository, scheme)
        case "ssh":
            _check_ssh(url)
        case "file":
            _check_file(url)
    if repository.ref and (_BAD_REF.search(repository.ref) or len(repository.ref.encode()) > _LONGEST_REF):
        raise ValueError(f"{repository.ref!r} can be no branch or tag (git-check-ref-format)")
    _check_path(repository.path)


_LONGEST_REF = 244


def _check_http(repository: GitRepository, scheme: Scheme) -> None:
    split = urlsplit(repository.url)
    if not split.hostname or split.hostname.startswith("-"):
        raise ValueError(f"{repository.url} names no host")
    secret = repository.token_file is not None or repository.secret.get_secret_value()
    if scheme == "http" and secret and not is_loopback(f"{split.hostname}:80"):
        raise ValueError("a token over http:// can be read by anybody on the way; use https://")


def _check_ssh(url: str) -> None:
    if url.lower().startswith("ssh://"):
        split = urlsplit(url)
        words = (split.username or "", split.hostname or "", split.path.lstrip("/"))
    else:
        found = _SCP.match(url)
        account, _, host = (found["where"] if found else "").rpartition("@")
        words = (account, host, found["path"] if found else "")
    if not words[1]:
        raise ValueError(f"{url} names no host")
    if any(word.startswith("-") for word in words):
        raise ValueError(_MESSAGE["dash"])


def _check_file(url: str) -> None:
    if url.startswith("file://") and urlsplit(url).netloc not in {"", "localhost"}:
        raise ValueError("file:// names this machine's own disk: write file:///PATH")


def _check_path(path: str) -> None:
    if path and (
        path.startswith("/")
        or "\\" in path
        or _CONTROL.search(path.replace(" ", ""))
        or any(step in {"", ".", ".."} for step in PurePosixPath(path).parts)
        or ".." in path.split("/")
    ):
        raise ValueError(f"{path!r} is no directory inside a repository: write a/b, without .. and a leading slash")
