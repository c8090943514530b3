"""How registries are named in the settings."""

from __future__ import annotations

import pytest

from galley.settings.load import BadSettings, load_settings


def test_one_several_and_addresses_alone() -> None:
    """One needs no list, and an address no fields."""
    for text in ("http://a:1", "[{address: http://a:1}]", "{address: http://a:1/}"):
        [found] = load_settings(None, {}, [f"sources.consul={text}"], {}).sources.consul
        assert (found.address, found.namespace) == ("http://a:1", "default")
    several = load_settings(None, {"GALLEY_SOURCES__NOMAD": "http://a:1,https://b"}, (), {}).sources.nomad
    assert [one.address for one in several] == ["http://a:1", "https://b"]


@pytest.mark.parametrize(
    "text",
    ["a:1", "ftp://a", "http://", "http://a?token=s3cret", "{address: http://a, certificate: /c}", "{name: A_b}"],
)
def test_what_no_registry_is_called(text: str) -> None:
    """Told at the start."""
    with pytest.raises(BadSettings):
        load_settings(None, {}, [f"sources.marathon={text}"], {})


@pytest.mark.parametrize("url", ["http://me:s3cret@a:1", "ftp://s3cret@a", "http://a?token=s3cret", "http://a#s3cret"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    """The message says where it belongs instead."""
    with pytest.raises(BadSettings) as refused:
        load_settings(None, {}, [f"sources.consul={url}"], {})
    assert "token_file" in str(refused.value)
    assert "s3cret" not in str(refused.value)
