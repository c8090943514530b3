"""`Pushed`: which repository, and which reference of it, a forge says has changed. Pure.

A repository has many URLs; whichever of them a forge names and a source follows, host and path tell that it is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.settings.git import GitRepository

_URLS: Final = (
    *("clone_url", "ssh_url", "git_url", "html_url", "url"),
    *("git_http_url", "git_ssh_url", "http_url", "web_url", "homepage"),
)
_SCP = re.compile(r"(?:[^/@]+@)?(?P<host>[^/:@]+):(?P<path>[^/].*|/.*)\Z")
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What was said: the repository's URLs (none: whichever), and the reference in full (empty: whichever)."""

    places: frozenset[tuple[str, str]] = frozenset()
    ref: str = ""

    def concerns(self, repository: GitRepository) -> bool:
        """Whether a repository that is followed may have changed."""
        wanted = repository.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if self.ref and wanted and self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/") != wanted:
            return False
        return not self.places or place_of(repository.url) in self.places


def read_pushed(body: bytes) -> Pushed:
    """Read what a forge says; raise ValueError where it is no JSON object."""
    content = orjson.loads(body)
    if not isinstance(content, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004  it is what was sent that is wrong
    ref = content.get("ref")
    return Pushed(
        places=frozenset(place_of(url) for url in _urls(content)),
        ref=ref if isinstance(ref, str) and len(ref) <= _LONGEST else "",
    )


def place_of(url: str) -> tuple[str, str]:
    """Return host and path of a repository, alike for all forms of its URL; no host for a path on this machine."""
    host, path = host_and_path(url)
    return host, path.lower() if host else path


def host_and_path(url: str) -> tuple[str, str]:
    """Return host and path of a repository as they are written, without the suffix `.git`."""
    if "://" in url:
        split = urlsplit(url)
        host, path = (split.hostname or "").lower(), unquote(split.path)
    elif (scp := _SCP.match(url)) is not None:
        host, path = scp["host"].lower(), scp["path"]
    else:
        host, path = "", url
    path = path.rstrip("/").removesuffix(".git")
    return host, path.strip("/") if host else path


def _urls(content: dict[str, object]) -> Iterator[str]:
    for name in ("repository", "project"):
        said = content.get(name)
        named: list[object] = [said.get(field) for field in _URLS] if isinstance(said, dict) else [said]
        for url in named:
            if isinstance(url, str) and 0 < len(url) <= _LONGEST:
                try:
                    place_of(url)
                except ValueError:
                    continue
                yield url
