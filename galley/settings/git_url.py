"""URLs of git repositories, as people write them: taken apart, freed of secrets, and refused where they mislead. Pure.

Schemes that could run a program or leave the machine unasked, and whatever could be taken for an option, are refused
here, before any git is run.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from galley.settings.address import is_loopback

Scheme: TypeAlias = Literal["https", "http", "ssh", "file"]
"""How a repository is reached; `file` is this machine's own disk."""

_SCP = re.compile(r"(?P<where>[^/:\[\]]+|[^/:\[\]]*\[[0-9a-fA-F:.]+\]):(?P<path>.+)\Z", re.DOTALL)
"""`user@host:path`, as git reads it: a colon before the first slash."""
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|\Z)|(?:\A|/)\.|[./]\Z|\A[-/]|\A@\Z")
"""What git's own rules for names of references forbid, and a leading dash (git-check-ref-format(1))."""
_BREAK = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_REF: Final = 244
_DASH: Final = "a URL, host or user that begins with a dash would be taken for an option"


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


def parts_of(text: str) -> dict[str, object]:
    """Return the fields that `URL[#[BRANCH][:PATH]]` stands for."""
    url, _, fragment = text.strip().partition("#")
    ref, _, path = fragment.partition(":")
    return {"ref": ref, "path": path, **without_secret(url, "")}


def without_secret(url: str, user: str) -> dict[str, object]:
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


def check_url(url: str, *, secret: bool) -> None:
    """Raise ValueError, with the fix, where a URL cannot be followed; `secret` says whether one goes with it."""
    if not url:
        raise ValueError("name a repository: URL[#[BRANCH][:PATH]]")
    scheme = scheme_of(url)
    if url.startswith("-"):
        raise ValueError(_DASH)
    if (_CONTROL if scheme != "file" else _BREAK).search(url):
        raise ValueError("a URL has no spaces and no control characters (%20 is a space)")
    match scheme:
        case "https" | "http":
            _check_http(url, scheme, secret=secret)
        case "ssh":
            _check_ssh(url)
        case "file":
            _check_file(url)


def check_ref(ref: str) -> None:
    """Raise ValueError where no branch or tag can have this name."""
    if ref and (_BAD_REF.search(ref) or len(ref.encode()) > _LONGEST_REF):
        raise ValueError(f"{ref!r} can be no branch or tag (git-check-ref-format)")


def _check_http(url: str, scheme: Scheme, *, secret: bool) -> None:
    host = urlsplit(url).hostname
    if not host or host.startswith("-"):
        raise ValueError(f"{url} names no host")
    if scheme == "http" and secret and not is_loopback(f"{host}:80"):
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
        raise ValueError(_DASH)


def _check_file(url: str) -> None:
    if url.startswith("file://") and urlsplit(url).netloc not in {"", "localhost"}:
        raise ValueError("file:// names this machine's own disk: write file:///PATH")


def check_path(path: str) -> None:
    """Raise ValueError where a path is no directory inside a repository."""
    if path and (
        path.startswith("/")
        or "\\" in path
        or _CONTROL.search(path.replace(" ", ""))
        or any(step in {"", ".", ".."} for step in PurePosixPath(path).parts)
        or ".." in path.split("/")
    ):
        raise ValueError(f"{path!r} is no directory inside a repository: write a/b, without .. and a leading slash")
