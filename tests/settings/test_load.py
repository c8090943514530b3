"""How the settings are found: flags, `--set`, environment, file, defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from galley.settings.load import BadSettings, load_settings


def test_the_first_that_has_a_value_wins(tmp_path: Path) -> None:
    """A flag before `--set`, that before the environment, that before the file, that before the default."""
    file = tmp_path / "galley.yaml"
    file.write_text("guard: {count: 1, share: 0.1}\nhistory: {revisions: 7}\n")
    environment = {"GALLEY_GUARD__COUNT": "2", "GALLEY_XDS__ADDRESS": "127.0.0.1:1"}
    found = load_settings(file, environment, ["xds.address=127.0.0.1:2", "engine=embedded"], {"guard.share": 0.3})
    assert (found.guard.count, found.guard.share, found.history.revisions) == (2, 0.3, 7)
    assert found.xds.address == "127.0.0.1:2"
    assert found.admin.address == "127.0.0.1:15014"


@pytest.mark.parametrize("text", ["/a,/b", "[/a, /b]", "/a, /b"])
def test_a_list_is_a_text_with_commas_too(text: str) -> None:
    """As flags and the environment give it; one path is a list of one."""
    assert load_settings(None, {"GALLEY_SOURCES__FILES": text}, (), {}).sources.files == (Path("/a"), Path("/b"))
    assert load_settings(None, {}, ["sources.schemas=/a"], {}).sources.schemas == (Path("/a"),)
    assert load_settings(None, {"GALLEY_ROLES": "xds,mixer"}, (), {}).roles == ("xds", "mixer")


@pytest.mark.parametrize("name", ["GALLEY_XDS__ADRESS", "GALLEY_PORTS", "GALLEY_NONE"])
def test_an_unknown_setting_is_an_error(name: str) -> None:
    """Also in the environment, where a misspelt name would do nothing."""
    with pytest.raises(BadSettings, match="no such setting"):
        load_settings(None, {name: "1"}, (), {})


def test_what_is_no_setting_is_left_alone() -> None:
    """The variables of client commands, and those that Kubernetes makes of a Service named `galley`."""
    environment = {
        "GALLEY_SERVER": "http://127.0.0.1:15014",
        "GALLEY_JOIN_TOKEN": "secret",
        "GALLEY_SERVICE_HOST": "10.96.0.5",
        "GALLEY_SERVICE_PORT": "15010",
        "GALLEY_SERVICE_PORT_XDS": "15010",
        "GALLEY_PORT": "tcp://10.96.0.5:15010",
        "GALLEY_PORT_15010_TCP": "tcp://10.96.0.5:15010",
        "GALLEY_PORT_15010_TCP_ADDR": "10.96.0.5",
    }
    assert load_settings(None, environment, (), {}) == load_settings(None, {}, (), {})
