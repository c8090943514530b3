"""The settings of clusters: their names are distinct, and lead to what is meant."""

from __future__ import annotations

import pytest

from galley.settings.kubernetes import KubernetesSettings


@pytest.mark.parametrize(
    ("clusters", "config", "words"),
    [
        (["a", "b=c", "b=d"], [], "two clusters are called 'b'"),
        (["B=c"], [], "no name of a cluster"),
        (["a=b"], ["c"], "there are: a"),
    ],
)
def test_names_that_do_not_hold_are_refused(clusters: list[str], config: list[str], words: str) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=words):
        KubernetesSettings.model_validate({"clusters": clusters, "config": config})


def test_places_are_read_as_they_are_written() -> None:
    """A name, a file, a context; a path may have an equals sign."""
    settings = KubernetesSettings.model_validate({"clusters": ["~/k#prod", "west=in-cluster", "/a=b/c"]})
    assert [tuple(place) for place in settings.places()] == [
        ("kubernetes", "~/k", "prod"),
        ("west", "in-cluster", ""),
        ("kubernetes-3", "/a=b/c", ""),
    ]
    assert settings.configures("kubernetes")
    assert not settings.configures("west")
