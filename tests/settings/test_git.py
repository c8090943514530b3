"""Repositories as people name them."""

from __future__ import annotations

import pytest

from galley.settings.git import GitRepository, GitSettings
from galley.settings.load import BadSettings, load_settings


@pytest.mark.parametrize(
    ("text", "url", "ref", "path", "scheme"),
    [
        ("https://example.com/a/mesh.git", "https://example.com/a/mesh.git", "", "", "https"),
        ("https://example.com/m#main", "https://example.com/m", "main", "", "https"),
        ("https://example.com/m#main:a/b/", "https://example.com/m", "main", "a/b", "https"),
        ("https://example.com/m#:a", "https://example.com/m", "", "a", "https"),
        ("ssh://git@example.com:2222/m#v1", "ssh://git@example.com:2222/m", "v1", "", "ssh"),
        ("git@example.com:org/m.git#feature/x:y", "git@example.com:org/m.git", "feature/x", "y", "ssh"),
        ("/srv/mesh.git", "/srv/mesh.git", "", "", "file"),
        ("./mesh#:a b", "./mesh", "", "a b", "file"),
        ("file:///srv/mesh%20x", "file:///srv/mesh%20x", "", "", "file"),
        ("/srv/a:b", "/srv/a:b", "", "", "file"),
    ],
)
def test_a_url_is_taken_apart(text: str, url: str, ref: str, path: str, scheme: str) -> None:
    """`URL[#[BRANCH][:PATH]]`; how it is reached follows from the URL, as git reads it."""
    found = GitRepository.model_validate(text)
    assert (found.url, found.ref, found.path, found.scheme) == (url, ref, path, scheme)
    assert found.location == text.removesuffix("/")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ext::sh -c whoami", "transport helpers"),
        ("fd::17", "transport helpers"),
        ("git://example.com/m", "neither private nor authentic"),
        ("ftp://example.com/m", "is not followed"),
        ("ssh://-oProxyCommand=whoami/m", "option"),
        ("ssh://-u@example.com/m", "option"),
        ("-oProxyCommand=x@example.com:m", "option"),
        ("git@-oProxyCommand=x:m", "option"),
        ("git@example.com:-x", "option"),
        ("--upload-pack=whoami", "option"),
        ("https://example.com/a\nb", "control"),
        ("https://exa mple.com/m", "spaces"),
        ("https:///m", "no host"),
        ("ssh://ann:pw@example.com/m", "use a key"),
        ("http://token@example.com/m", "use https"),
        ("file://elsewhere/srv/m", "own disk"),
        ("/m#-x", "no branch or tag"),
        ("/m#a..b", "no branch or tag"),
        ("/m#a b", "no branch or tag"),
        ("/m#a:/etc", "no directory inside"),
        ("/m#a:../x", "no directory inside"),
        ("/m#a:b\\c", "no directory inside"),
        ("", "name a repository"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_the_fix(text: str, why: str) -> None:
    """Before any git is run."""
    with pytest.raises(ValueError, match=why):
        GitRepository.model_validate(text)


def test_a_secret_in_a_url_is_not_shown() -> None:
    """Neither in the URL, nor in what is printed of the settings, nor in an error about them."""
    for text in ("https://ann:s3cr3t@example.com/m#main", "https://s3cr3t@example.com/m"):
        found = GitRepository.model_validate(text)
        assert found.secret.get_secret_value() == "s3cr3t"
        for shown in (repr(found), found.url, found.location, str(found.model_dump())):
            assert "s3cr3t" not in shown
    with pytest.raises(BadSettings) as refused:
        load_settings(None, {}, (), {"git.repositories": ("https://ann:s3cr3t@example.com/m#a..b",)})
    assert "s3cr3t" not in str(refused.value)


def test_repositories_are_texts_or_fields() -> None:
    """A list of either, or texts with commas between; none stands twice."""
    settings = load_settings(None, {"GALLEY_GIT__REPOSITORIES": "/srv/a, /srv/b#main"}, (), {})
    assert [one.location for one in settings.git.repositories] == ["/srv/a", "/srv/b#main"]
    fields = {"url": "/srv/a", "ref": "main", "all_or_nothing": True}
    assert GitSettings.model_validate({"repositories": [fields]}).repositories[0].all_or_nothing
    with pytest.raises(ValueError, match="twice"):
        GitSettings.model_validate({"repositories": ["/srv/a", "/srv/a"]})
