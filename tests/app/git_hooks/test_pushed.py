"""Which repositories a push notification concerns."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.app.git_hooks.pushed import place_of, read_pushed
from galley.settings.git import GitRepository

GITHUB = {
    "ref": "refs/heads/main",
    "repository": {
        "full_name": "Octo/Mesh",
        "clone_url": "https://github.com/Octo/Mesh.git",
        "ssh_url": "git@github.com:Octo/Mesh.git",
        "url": "https://github.com/Octo/Mesh",
    },
}
GITLAB = {
    "ref": "refs/heads/main",
    "project": {
        "git_http_url": "https://gitlab.example/a/b/mesh.git",
        "git_ssh_url": "git@gitlab.example:a/b/mesh.git",
    },
}


def repository(text: str) -> GitRepository:
    """Return a repository as `--git` names it."""
    return GitRepository.model_validate(text)


@pytest.mark.parametrize(
    ("said", "followed", "concerned"),
    [
        (GITHUB, "https://github.com/octo/mesh", True),
        (GITHUB, "git@github.com:Octo/Mesh.git", True),
        (GITHUB, "ssh://git@github.com/Octo/Mesh.git#main:envoy", True),
        (GITHUB, "https://github.com/octo/mesh#release", False),
        (GITHUB, "https://github.com/octo/other", False),
        (GITHUB, "https://gitlab.com/octo/mesh", False),
        (GITLAB, "https://token@gitlab.example/a/b/mesh.git", True),
        ({"repository": "/srv/mesh.git"}, "/srv/mesh.git", True),
        ({"repository": "/srv/mesh.git"}, "/srv/Mesh.git", False),
        ({}, "https://github.com/octo/mesh#any", True),
        ({"repository": {"url": 3}, "ref": ["x"]}, "https://github.com/octo/mesh", True),
    ],
)
def test_the_repositories_that_are_named_are_looked_at(said: object, followed: str, *, concerned: bool) -> None:
    """Whichever of its URLs is followed; another branch does not matter; who names none means all."""
    assert read_pushed(orjson.dumps(said)).concerns(repository(followed)) is concerned


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["ref", "repository", "project", "url", "clone_url"]) | st.text(), x)
        ),
    )
)
def test_any_json_is_read_or_refused(said: object) -> None:
    """Nothing that a body may say breaks the reading."""
    try:
        read_pushed(orjson.dumps(said)).concerns(repository("https://github.com/octo/mesh"))
    except ValueError:
        assert not isinstance(said, dict)


def test_what_is_no_json_is_refused() -> None:
    """A form, or nothing, is no payload."""
    for body in (b"", b"payload=%7B%7D", b"[1]", b"\xff"):
        with pytest.raises(ValueError):  # noqa: PT011  orjson's words
            read_pushed(body)


def test_the_forms_of_a_url_are_one_place() -> None:
    """Scheme, user, port, case of the host and the suffix make no difference."""
    forms = [
        "https://H.example/a/b.git",
        "ssh://git@h.example:2222/a/b",
        "git@h.example:a/b.git",
        "http://u:p@h.example/a/b/",
    ]
    assert {place_of(form) for form in forms} == {("h.example", "a/b")}
