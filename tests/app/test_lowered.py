"""Findings where we are stricter than Istio, lowered to warnings by the setting `validation.lower`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from galley.settings.load import BadSettings, load_settings
from pipeline.model.codes import CATALOGUE
from tests.app.commands import galley

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec:
  hosts: [a.example.com]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: DNS
  novelty: true
"""
NODE = "sidecar~10.0.0.1~web.default~default.svc.cluster.local"


def entry_in(folder: Path, text: str = ENTRY) -> Path:
    """Return a file with an object that has a field which is not known."""
    file = folder / "a.yaml"
    file.write_text(text)
    return file


def test_a_lowered_error_is_a_warning_and_the_object_is_served(tmp_path: Path) -> None:
    """Without the setting it is held, with it it has its effect, less what is not known."""
    entry = entry_in(tmp_path)
    strict, lenient = galley("validate", entry, "-o", "json"), ("--set", "validation.lower=GLY0101")
    assert (strict.code, strict.json["errors"]) == (1, 1)
    ran = galley("validate", entry, "-o", "json", *lenient)
    (found,) = [one for one in ran.json["diagnostics"] if one["code"] == "GLY0101"]
    assert (ran.code, found["severity"], found["origin"]["line"]) == (0, "warning", 8)
    assert "a.example.com" not in galley("xds", entry, "--node", NODE).out
    assert "outbound|80||a.example.com" in galley("xds", entry, "--node", NODE, *lenient).out


def test_the_settings_file_says_it_to_commands_too(tmp_path: Path) -> None:
    """One file for the server and for whoever checks before."""
    entry = entry_in(tmp_path)
    settings = tmp_path / "galley.yml"
    settings.write_text("validation: {lower: [GLY0101]}\n")
    assert galley("validate", entry, "--settings", settings).code == 0


def test_other_errors_stay_errors(tmp_path: Path) -> None:
    """A rule of Istio's holds the object, whatever else is lowered; both are told."""
    entry = entry_in(tmp_path, ENTRY.replace("a.example.com", "'*'"))
    ran = galley("validate", entry, "-o", "json", "--set", "validation.lower=[GLY0101]")
    severities = {found["code"]: found["severity"] for found in ran.json["diagnostics"]}
    assert ran.code == 1
    assert (severities["GLY0101"], severities["IST0106"]) == ("warning", "error")


@pytest.mark.parametrize("code", ["IST0106", "GLY0102", "GLY9999", "all"])
def test_only_what_is_stricter_than_istio_can_be_lowered(tmp_path: Path, code: str) -> None:
    """Anything else is an error of the settings, which names what can be."""
    entry = entry_in(tmp_path)
    with pytest.raises(BadSettings, match=r"validation\.lower.*these can be: GLY0101"):
        load_settings(None, {}, [f"validation.lower={code}"], {})
    ran = galley("validate", entry, "--set", f"validation.lower={code}")
    assert ran.code == 2
    assert "these can be: GLY0101" in ran.err


def test_what_can_be_lowered_is_an_error_of_ours() -> None:
    """Never a code of Istio's."""
    lowerable = {code for code, entry in CATALOGUE.items() if entry.lowerable}
    assert {"GLY0101", "GLY0112", "GLY0113", "GLY0114"} <= lowerable
    assert all(code.startswith("GLY") and CATALOGUE[code].severity == "error" for code in lowerable)


def test_a_field_that_is_not_known_hides_what_follows_from_it(tmp_path: Path) -> None:
    """Told alone: a rule that another field violates only because that one is misspelt would mislead."""
    entry = entry_in(tmp_path, ENTRY.replace("resolution: DNS", "resolution: DYNAMIC_DNS"))
    found = galley("validate", entry, "-o", "json").json["diagnostics"]
    assert [one["code"] for one in found] == ["GLY0101"]


def test_it_holds_inside_of_the_mesh_configuration_too(tmp_path: Path) -> None:
    """The documents in the ConfigMap `istio` are judged alike."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
    text = f'{head}data:\n  mesh: "novelty: 1"\n'
    entry = entry_in(tmp_path, text)
    assert galley("validate", entry).code == 1
    assert galley("validate", entry, "--set", "validation.lower=GLY0101").code == 0
