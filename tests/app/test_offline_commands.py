"""`galley xds`, `schema` and `explain`: what needs no server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from tests.app.commands import entry, galley, route

if TYPE_CHECKING:
    from pathlib import Path

NODE = "sidecar~10.0.0.9~app.default~default.svc.cluster.local"


def test_xds_prints_what_a_proxy_would_be_sent(tmp_path: Path) -> None:
    """The five lists are there, resources in proto3 JSON with their type."""
    (tmp_path / "a.yaml").write_text(entry("web") + "---\n" + route("web.example"))
    ran = galley("xds", tmp_path, "--node", NODE)
    assert ran.code == 0, ran.err
    assert list(ran.json) == ["cds", "eds", "lds", "rds", "sds"]
    assert "outbound|80||web.example" in {cluster["name"] for cluster in ran.json["cds"]}
    hosts = {host["name"] for table in ran.json["rds"] for host in table["virtualHosts"]}
    assert "web.example:80" in hosts
    as_yaml = galley("xds", tmp_path, "--node", NODE, "-o", "yaml")
    assert yaml.safe_load(as_yaml.out) == ran.json


def test_xds_reads_istios_environment_and_the_settings(tmp_path: Path) -> None:
    """With `PILOT_ENABLE_IP_AUTOALLOCATE` a TCP port without an address is told from others by one of its own.

    So it is with the setting that the server has for it.
    """
    text = (
        entry("db")
        .replace("  addresses: [10.0.0.1]\n", "")
        .replace("name: http, protocol: HTTP", "name: tcp, protocol: TCP")
    )
    (tmp_path / "a.yaml").write_text(text)
    asked = ("xds", tmp_path, "--node", NODE, "--metadata", '{"DNS_CAPTURE": "true"}')
    for value, expected in (("true", "240.240."), ("false", "0.0.0.0_80")):
        names = [found["name"] for found in galley(*asked, env={"PILOT_ENABLE_IP_AUTOALLOCATE": value}).json["lds"]]
        assert any(name.startswith(expected) for name in names)
        names = [found["name"] for found in galley(*asked, "--set", f"mesh.ip_autoallocate={value}").json["lds"]]
        assert any(name.startswith(expected) for name in names)


def test_xds_leaves_out_what_is_invalid_and_says_so(tmp_path: Path) -> None:
    """Exit code 0, the file and the code on standard error; what is good is sent."""
    bad = entry("bad").replace("number: 80", "number: 99999")
    (tmp_path / "a.yaml").write_text(entry("web") + "---\n" + bad)
    ran = galley("xds", tmp_path, "--node", NODE)
    assert ran.code == 0
    assert "a.yaml:" in ran.err
    assert "ServiceEntry default/bad" in ran.err
    names = {cluster["name"] for cluster in ran.json["cds"]}
    assert "outbound|80||web.example" in names
    assert not any("bad.example" in name for name in names)


def test_xds_that_can_read_nothing_is_2(tmp_path: Path) -> None:
    """A path that is not there, a file that does not parse, metadata that is no JSON."""
    assert galley("xds", tmp_path / "none", "--node", NODE).code == 2
    file = tmp_path / "a.yaml"
    file.write_text("a: [1,\n")
    ran = galley("xds", file, "--node", NODE)
    assert (ran.code, ran.out) == (2, "")
    file.write_text(entry("web"))
    assert galley("xds", file, "--node", NODE, "--metadata", "{").code == 2
    assert galley("xds", file).code == 2


def test_explain_prints_a_codes_page() -> None:
    """In any case; an unknown code is wrong usage, with a hint."""
    ran = galley("explain", "ist0101")
    assert ran.code == 0
    assert ran.out.startswith("IST0101 (error): ")
    as_json = galley("explain", "GLY0101", "-o", "json")
    assert {"code", "severity", "title", "meaning", "remedy"} <= set(as_json.json)
    assert galley("explain", "IST9999").code == 2


def test_schema_prints_kinds_as_json_schema_and_crds() -> None:
    """A kind, all, and a stream of CRDs, each small enough for kubectl; an unknown kind is wrong usage."""
    one = galley("schema", "VirtualService")
    assert one.code == 0
    assert "http" in json.dumps(one.json)
    assert galley("schema").code == 0
    crds = list(yaml.safe_load_all(galley("schema", "--format", "crd").out))
    assert {"VirtualService", "Gateway", "ServiceEntry"} <= {crd["spec"]["names"]["kind"] for crd in crds}
    for crd in crds:
        assert crd["kind"] == "CustomResourceDefinition"
        assert len(json.dumps(crd)) < 256 * 1024
        assert all(version["served"] for version in crd["spec"]["versions"])
    ran = galley("schema", "VirtualServce")
    assert ran.code == 2
    assert "VirtualService" in ran.err


def test_every_command_has_help_with_an_example() -> None:
    """So that nobody has to search."""
    listed = galley("--help").out
    for command in ("serve", "validate", "xds", "status", "wait", "log", "rollback", "explain", "schema", "token"):
        assert command in listed
    for command in ("serve", "validate", "xds", "status", "wait", "log", "diff", "rollback", "confirm", "explain"):
        ran = galley(command, "--help")
        assert ran.code == 0
        assert "Example" in ran.out, command


def test_a_command_without_a_server_is_2_and_says_what_to_do() -> None:
    """No server at the address: exit code 2, with the command that starts one."""
    for command in (["status"], ["log"], ["sources"], ["wait", "--revision", "1"]):
        ran = galley(*command, "--server", "127.0.0.1:1")
        assert ran.code == 2, command
        assert "galley serve" in ran.err
