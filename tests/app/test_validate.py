"""`galley validate`, as users and scripts run it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.app.commands import entry, galley, route

if TYPE_CHECKING:
    from pathlib import Path


def test_json_has_the_shape_that_scripts_read(tmp_path: Path) -> None:
    """Each key of the published interface is there, and what a finding is about is told to line and column."""
    file = tmp_path / "a.yaml"
    file.write_text(route("gone.example"))
    ran = galley("validate", file, "-o", "json")
    assert ran.code == 1
    assert set(ran.json) == {"diagnostics", "documents", "errors", "warnings"}
    assert (ran.json["documents"], ran.json["errors"], ran.json["warnings"]) == (1, 1, 0)
    (found,) = ran.json["diagnostics"]
    assert found["code"] == "IST0101"
    assert found["severity"] == "error"
    assert found["path"] == "spec.http[0].route[0].destination.host"
    assert found["resource"] == {"kind": "VirtualService", "namespace": "default", "name": "web"}
    assert {"source", "file", "line", "column"} <= set(found["origin"])
    assert (found["origin"]["source"], found["origin"]["file"], found["origin"]["line"]) == ("files", str(file), 10)
    assert {"message", "hint", "related"} <= set(found)


def test_text_is_a_line_a_finding_with_its_hint(tmp_path: Path) -> None:
    """`FILE:LINE:COL: SEVERITY CODE: message (KIND NS/NAME, PATH)`, without colour where there is no terminal."""
    file = tmp_path / "a.yaml"
    file.write_text(entry("gon") + "---\n" + route("gone.example"))
    ran = galley("validate", file)
    first, hint = ran.out.splitlines()
    assert first.startswith(f"{file}:21:9: error IST0101: ")
    assert first.endswith("(VirtualService default/web, spec.http[0].route[0].destination.host)")
    assert "gon.example" in hint
    assert "\x1b" not in ran.out
    assert "2 documents: 1 error, 0 warnings" in ran.err


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [((), 0), (("--fail-on", "error"), 0), (("--fail-on", "warning"), 1), (("--fail-on", "info"), 1)],
)
def test_the_exit_code_is_1_from_a_severity_on(tmp_path: Path, fail_on: tuple[str, ...], code: int) -> None:
    """A warning alone fails only where it is asked to."""
    file = tmp_path / "a.yaml"
    file.write_text(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r}\nspec: {host: gone.example}\n"
    )
    assert galley("validate", file, *fail_on).code == code


def test_what_cannot_be_asked_or_read_is_2(tmp_path: Path) -> None:
    """No path, a path that is not there, an option that is not: wrong usage."""
    assert galley("validate").code == 2
    assert galley("validate", tmp_path / "none.yaml").code == 2
    assert galley("validate", tmp_path, "-o", "xml").code == 2


def test_a_file_that_does_not_parse_is_a_finding(tmp_path: Path) -> None:
    """Exit code 1, with the line."""
    file = tmp_path / "a.yaml"
    file.write_text("a: [1,\nb: 2\n")
    ran = galley("validate", file, "-o", "json")
    assert ran.code == 1
    assert ran.json["errors"] >= 1
    assert ran.json["diagnostics"][0]["origin"]["line"] >= 1


def test_standard_input_and_directories(tmp_path: Path) -> None:
    """`-` is standard input; a directory is read recursively, YAML and JSON, no dotfiles."""
    assert galley("validate", "-", stdin=entry("a")).code == 0
    assert galley("validate", "-", stdin=route("gone.example")).code == 1
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep" / "er" / "a.yml").write_text(route("web.example"))
    (tmp_path / "b.json").write_text(
        '{"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "web"},'
        ' "spec": {"hosts": ["web.example"], "resolution": "NONE",'
        ' "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]}}'
    )
    (tmp_path / ".hidden.yaml").write_text("[")
    (tmp_path / ".git" / "a.yaml").write_text("[")
    (tmp_path / "notes.txt").write_text("[")
    ran = galley("validate", tmp_path, "-o", "json")
    assert (ran.code, ran.json["documents"]) == (0, 2), ran.out


def test_a_directory_is_read_as_a_server_reads_it(tmp_path: Path) -> None:
    """Links that stay inside are followed, as in a ConfigMap's mount; one that leads out is said, and left alone."""
    (tmp_path / "mesh" / "..data").mkdir(parents=True)
    (tmp_path / "mesh" / "..data" / "a.yaml").write_text(entry("a"))
    (tmp_path / "mesh" / "a.yaml").symlink_to("..data/a.yaml")
    (tmp_path / "out.yaml").write_text(entry("b"))
    (tmp_path / "mesh" / "b.yaml").symlink_to(tmp_path / "out.yaml")
    ran = galley("validate", tmp_path / "mesh", "-o", "json")
    assert ran.code == 0
    assert ran.json["documents"] == 1
    assert [found["code"] for found in ran.json["diagnostics"]] == ["GLY0024"]


def test_documents_are_judged_together_across_files(tmp_path: Path) -> None:
    """A host that another file declares is there."""
    (tmp_path / "a.yaml").write_text(route("api.example"))
    (tmp_path / "b.yaml").write_text(entry("api"))
    assert galley("validate", tmp_path / "a.yaml").code == 1
    assert galley("validate", tmp_path / "a.yaml", tmp_path / "b.yaml").code == 0


def test_a_mesh_configuration_is_a_document_and_may_stand_alone(tmp_path: Path) -> None:
    """`--mesh-config` is counted, judged, and read by rules of other objects."""
    mesh = tmp_path / "mesh.yaml"
    mesh.write_text("connectTimeout: 5s\n")
    ran = galley("validate", "--mesh-config", mesh, "-o", "json")
    assert (ran.code, ran.json["documents"]) == (0, 1)
    mesh.write_text("connectTimeot: 5s\n")
    ran = galley("validate", "--mesh-config", mesh, "-o", "json")
    assert (ran.code, ran.json["diagnostics"][0]["origin"]["line"]) == (1, 1)


def test_istios_environment_means_here_what_it_means_there(tmp_path: Path) -> None:
    """`PILOT_ENABLE_IP_AUTOALLOCATE=true`: a TCP port needs no address."""
    file = tmp_path / "a.yaml"
    file.write_text(entry("a").replace("protocol: HTTP", "protocol: TCP").replace("  addresses: [10.0.0.1]\n", ""))
    asked = ("validate", file, "-o", "json")
    warned = galley(*asked, env={"PILOT_ENABLE_IP_AUTOALLOCATE": "false"})
    assert [found["code"] for found in warned.json["diagnostics"]] == ["IST0134"]
    assert not galley(*asked, env={"PILOT_ENABLE_IP_AUTOALLOCATE": "true"}).json["diagnostics"]


def test_sarif_is_what_review_tools_take(tmp_path: Path) -> None:
    """One run; each result names a rule of the driver by its index, and a place that counts from 1."""
    file = tmp_path / "a.yaml"
    file.write_text(route("gone.example"))
    ran = galley("validate", file, "-o", "sarif")
    log = ran.json
    assert (ran.code, log["version"]) == (1, "2.1.0")
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "galley"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1


@pytest.mark.parametrize("output", ["text", "json"])
def test_nothing_from_a_file_reaches_the_terminal_as_it_is(tmp_path: Path, output: str) -> None:
    """Escapes that colour or retitle, line breaks that forge a finding, marks that turn text: shown, not done."""
    evil = "\\e[31mred\\n/x.yaml:1:1: error\\x9b2J\\u202e\\u2028\\x7f"
    file = tmp_path / "a\x1b[31m\nforged.yaml"
    file.write_text(f'apiVersion: v1\nkind: Service\nmetadata: {{name: "{evil}"}}\nspec: {{"{evil}": 1}}\n')
    ran = galley("validate", tmp_path, "-o", output)
    assert ran.code == 1
    said = ran.out.replace("\n", "")
    assert not [one for one in said if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"}]
    if output == "json":
        assert ran.json["diagnostics"][0]["origin"]["file"] == str(file)
    else:
        assert all(line.startswith((str(tmp_path), "    hint: ")) for line in ran.out.splitlines())
        assert r"a\x1b[31m\nforged.yaml" in ran.out
