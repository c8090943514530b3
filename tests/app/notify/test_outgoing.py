"""The requests by which forges, Slack and webhooks are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from pydantic import ValidationError

from galley.app.git_hooks.signature import check_signature
from galley.app.notify.outgoing import Outgoing, Unreachable, outgoing
from galley.app.notify.report import CommitReport, Fault
from galley.settings.notify import NotifySettings, NotifyTarget

if TYPE_CHECKING:
    from pathlib import Path

REPORT = CommitReport(
    source="git",
    location="git@git.example:Team/Mesh.git#main:envoy",
    ref="refs/heads/main",
    commit="c" * 40,
    author="Ann <ann@example.com>",
    subject="Shift <!channel> & more",
    state="failure",
    text="a.yaml:12: GLY0104: " + "x" * 200,
    revision=41,
    faults=(Fault(file="a.yaml", line=12, code="GLY0104", message="no"),),
)


def request(tmp_path: Path, secret: str = "", report: CommitReport = REPORT, **fields: object) -> Outgoing:
    """Return the request for a target with these fields."""
    secret = secret or "token"
    file = tmp_path / "secret"
    file.write_text(secret)
    name = {"slack": "url_file", "webhook": "secret_file"}.get(str(fields["kind"]), "token_file")
    target = NotifyTarget.model_validate({name: file, **fields})
    settings = NotifySettings(targets=(target,), link="https://galley.example")
    return outgoing(target, settings, report, url=target.url or "https://hooks.example/x", secret=secret, at=1_000)


@pytest.mark.parametrize(
    ("kind", "url", "header", "state"),
    [
        (
            "github",
            "https://git.example/api/v3/repos/Team/Mesh/statuses/",
            ("authorization", "Bearer token"),
            "failure",
        ),
        ("gitlab", "https://git.example/api/v4/projects/Team%2FMesh/statuses/", ("private-token", "token"), "failed"),
        ("gitea", "https://git.example/api/v1/repos/Team/Mesh/statuses/", ("authorization", "token token"), "failure"),
    ],
)
def test_each_forge_is_told_in_its_own_words(
    tmp_path: Path, kind: str, url: str, header: tuple[str, str], state: str
) -> None:
    """The commit, the state, one line that fits, and the forge's way of saying who asks."""
    found = request(tmp_path, kind=kind)
    said: dict[str, Any] = orjson.loads(found.body)
    assert found.url == url + "c" * 40
    assert found.headers[header[0]] == header[1]
    assert said["state"] == state
    assert said["target_url"] == "https://galley.example"
    assert len(said["description"]) == 140
    assert said["description"].startswith("a.yaml:12: GLY0104")
    assert said.get("context", said.get("name")) == "galley"


def test_a_forge_is_found_by_its_settings_where_the_repository_is_on_a_disk(tmp_path: Path) -> None:
    """A path names no forge: the settings do, or nobody is told, and which setting is missing is said."""
    local = REPORT.__class__(**{**{name: getattr(REPORT, name) for name in REPORT.__slots__}, "location": "/srv/m.git"})
    found = request(tmp_path, report=local, kind="github", url="https://api.github.com/", repository="octo/mesh")
    assert found.url == f"https://api.github.com/repos/octo/mesh/statuses/{'c' * 40}"
    with pytest.raises(Unreachable, match="`repository`"):
        request(tmp_path, report=local, kind="github", url="https://api.github.com")
    with pytest.raises(Unreachable, match="`url`"):
        request(tmp_path, report=local, kind="gitea", repository="octo/mesh")


def test_slack_makes_no_mention_of_what_people_wrote(tmp_path: Path) -> None:
    """A subject cannot call a channel."""
    text = orjson.loads(request(tmp_path, kind="slack").body)["text"]
    assert "&lt;!channel&gt; &amp; more" in text
    assert text.startswith("✗ `ccccccccc`")


def test_a_webhook_is_signed_as_we_would_believe_it(tmp_path: Path) -> None:
    """What we send would be believed at our own `/hooks/git`: time and body."""
    found = request(tmp_path, "a secret to sign with", kind="webhook", url="https://hooks.example/x")
    assert check_signature(dict(found.headers), found.body, b"a secret to sign with", 1_000, 10)
    said = orjson.loads(found.body)
    assert said["faults"] == [{"file": "a.yaml", "line": 12, "code": "GLY0104", "message": "no"}]
    assert (said["commit"], said["state"], said["revision"]) == ("c" * 40, "failure", 41)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "github"}, "token_file"),
        ({"kind": "slack", "url": "https://hooks.example"}, "url_file"),
        ({"kind": "webhook"}, "url"),
        ({"kind": "webhook", "url": "http://hooks.example/x"}, "https://"),
        ({"kind": "webhook", "url": "https://u:p@hooks.example/x"}, "secrets"),
        ({"kind": "webhook", "url": "file:///etc/passwd"}, "https://HOST"),
    ],
)
def test_settings_that_cannot_work_are_refused(fields: dict[str, object], words: str) -> None:
    """With the fix in the message."""
    with pytest.raises(ValidationError, match=words):
        NotifyTarget.model_validate(fields)
