"""`outgoing`: the request by which a target is told a report, in the target's own words. Pure.

https://docs.github.com/en/rest/commits/statuses, https://docs.gitlab.com/api/commits/#set-commit-pipeline-status,
https://docs.gitea.com/api/ (`repoCreateStatus`), https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import quote

import orjson

from galley.app.git_hooks.pushed import host_and_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.app.notify.report import CommitReport
    from galley.settings.notify import NotifySettings, NotifyTarget

_LONGEST: Final = 140
"""Characters that GitHub shows of a status; GitLab and Gitea take 255."""

_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "github": {"pending": "pending", "success": "success", "failure": "failure"},
    "gitlab": {"pending": "running", "success": "success", "failure": "failed"},
    "gitea": {"pending": "pending", "success": "success", "failure": "failure"},
}
_SIGNS: Final = {"pending": "…", "success": "✓", "failure": "✗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A POST request with a JSON body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Unreachable(ValueError):
    """There is nobody to tell; the message says which setting is missing."""


def outgoing(
    target: NotifyTarget, settings: NotifySettings, report: CommitReport, *, url: str, secret: str, at: int
) -> Outgoing:
    """Return the request; raise `Unreachable`. `url` and `secret` come from files, `at` is seconds since the epoch."""
    match target.kind:
        case "github" | "gitlab" | "gitea":
            return _status(target, settings, report, secret)
        case "slack":
            text = f"{_SIGNS[report.state]} `{report.commit[:9]}` {_slack(report.subject)} — {_slack(report.text)}"
            return Outgoing(url=url, headers=_JSON, body=orjson.dumps({"text": text}))
        case "webhook":
            body = orjson.dumps(_event(report, settings))
            return Outgoing(url=url, headers={**_JSON, **_signed(body, secret, at)}, body=body)
        case _:
            assert_never(target.kind)


_JSON: Final = {"content-type": "application/json"}


def _status(target: NotifyTarget, settings: NotifySettings, report: CommitReport, secret: str) -> Outgoing:
    host, path = host_and_path(report.location.partition("#")[0])
    repository = target.repository or (path if host else "")
    if not repository:
        raise Unreachable(f"which repository is {report.location} at {target.kind}? set `repository` on the target")
    base = (target.url or _api(target.kind, host)).rstrip("/")
    state = _STATES[target.kind][report.state]
    said = {"state": state, "description": _cut(report.text), "context": settings.context}
    if settings.link:
        said["target_url"] = settings.link
    if target.kind == "gitlab":
        said["name"] = said.pop("context")
        url = f"{base}/projects/{quote(repository, safe='')}/statuses/{report.commit}"
        return Outgoing(url=url, headers={**_JSON, "private-token": secret}, body=orjson.dumps(said))
    url = f"{base}/repos/{quote(repository)}/statuses/{report.commit}"
    scheme = "Bearer" if target.kind == "github" else "token"
    return Outgoing(url=url, headers={**_JSON, "authorization": f"{scheme} {secret}"}, body=orjson.dumps(said))


def _api(kind: str, host: str) -> str:
    """Return a forge's API, as it is by default on the host of the repository."""
    if not host:
        raise Unreachable(f"set `url` on the target: the {kind} that has the repository")
    match kind:
        case "github":
            return "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
        case "gitlab":
            return f"https://{host}/api/v4"
        case _:
            return f"https://{host}/api/v1"


def _event(report: CommitReport, settings: NotifySettings) -> dict[str, object]:
    return {
        "type": "galley.commit",
        "source": report.source,
        "repository": report.location,
        "ref": report.ref,
        "commit": report.commit,
        "author": report.author,
        "subject": report.subject,
        "state": report.state,
        "text": report.text,
        "revision": report.revision,
        "live": {"applied": report.applied, "of": report.of},
        "faults": [
            {"file": fault.file, "line": fault.line, "code": fault.code, "message": fault.message}
            for fault in report.faults
        ],
        "link": settings.link,
    }


def _signed(body: bytes, secret: str, at: int) -> dict[str, str]:
    """Sign as `/hooks/git` takes it from whoever has no forge: the time and the body."""
    if not secret:
        return {}
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-galley-timestamp": str(at), "x-galley-signature": f"sha256={signature}"}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _slack(text: str) -> str:
    """Return text of which Slack makes no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
