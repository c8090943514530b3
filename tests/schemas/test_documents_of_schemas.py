"""JSON Schemas and CRDs that are made of the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from schemas.crd import crd_of, crds
from schemas.generate import FOLDER, files, main
from schemas.json_schema import json_schema
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from tests.schemas.builders import destination_rule, gateway, kind, service_entry, virtual_service

TYPED = [found for found in DEFAULT_REGISTRY if found.model]
CRDS = crds()


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a schema, those of one-ofs left out, which are not structural."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from nodes(schema[name], f"{path}[{name}]")


@pytest.mark.parametrize("found", TYPED, ids=lambda found: str(found.name))
def test_the_json_schema_of_a_kind_is_valid_and_in_one_piece(found: Kind) -> None:
    """Draft 2020-12, no references."""
    schema = json_schema(found)
    Draft202012Validator.check_schema(schema)
    assert b'"$ref"' not in orjson.dumps(schema)


@pytest.mark.parametrize(
    ("name", "spec", "good"),
    [
        ("VirtualService", virtual_service(tcp=None), True),
        ("VirtualService", virtual_service({"match": [{"uri": {"exact": "a", "prefix": "b"}}]}), False),
        ("VirtualService", virtual_service({"mirror_percent": 5}), True),
        ("VirtualService", virtual_service(nope=1), False),
        ("DestinationRule", destination_rule({"loadBalancer": {"simple": "NOPE"}}), False),
        ("DestinationRule", {}, False),
        ("Gateway", gateway(), True),
        ("ServiceEntry", service_entry(hosts=[]), False),
        ("ServiceEntry", service_entry(ports=[{"number": -1, "name": "a"}]), False),
    ],
)
def test_the_json_schema_says_what_the_model_says(name: str, spec: object, *, good: bool) -> None:
    """Editors find the same structural faults: unknown fields, ranges, enums, one-ofs."""
    document = {"apiVersion": "networking.istio.io/v1", "kind": name, "metadata": {"name": "a"}, "spec": spec}
    assert Draft202012Validator(json_schema(kind(name))).is_valid(document) is good


def test_the_checked_in_schemas_are_those_of_the_models() -> None:
    """`python -m schemas.generate` would change nothing."""
    assert main(["--check"]) == 0
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")} == set(files())


def test_stale_files_are_found_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` answers with 1 and names the files; without it they are written."""
    assert main(["--check", str(tmp_path)]) == 1
    assert "VirtualService.json" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


@pytest.mark.parametrize("definition", CRDS, ids=lambda definition: str(definition["metadata"]["name"]))
def test_a_crd_is_structural_and_small_enough(definition: dict[str, Any]) -> None:
    """What an API server asks: types everywhere, fields xor other properties, no references, one stored version."""
    assert len(orjson.dumps(definition)) < 256 * 1024
    spec = definition["spec"]
    assert definition["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
    assert [version["storage"] for version in spec["versions"]].count(True) == 1
    for version in spec["versions"]:
        assert version["served"]
        assert version["subresources"] == {"status": {}}
        for path, node in nodes(version["schema"]["openAPIV3Schema"]):
            assert "type" in node, path
            assert not ({"properties", "additionalProperties"} <= node.keys()), path
            assert not {"$ref", "$defs", "default", "const", "title"} & node.keys(), path
            assert isinstance(node["type"], str), path
            assert node["type"] != "array" or "items" in node, path
            assert node.get("additionalProperties") is not False, path


def test_an_api_server_drops_no_field_of_a_classic_kind_that_is_written_by_its_proto_name() -> None:
    """`api_keys` is as good as `apiKeys` there; a kind that only knows camelCase is pruned as ever."""
    (classic,) = crd_of(kind("HTTPAPISpec"))["spec"]["versions"]
    spec = classic["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["x-kubernetes-preserve-unknown-fields"]
    assert spec["properties"]["patterns"]["items"]["x-kubernetes-preserve-unknown-fields"]
    today = crd_of(kind("Telemetry"))["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert "x-kubernetes-preserve-unknown-fields" not in today


def test_two_kinds_of_one_name_have_schemas_of_their_own() -> None:
    """The classic one is named with its group."""
    assert {"json/AuthorizationPolicy.json", "json/AuthorizationPolicy.rbac.istio.io.json"} <= set(files())


def test_the_crds_are_all_custom_kinds_of_istio_and_no_others() -> None:
    """No built-ins, no Gateway API, no MeshConfig; `v1` is stored where there is one."""
    names = {definition["spec"]["names"]["kind"] for definition in CRDS}
    assert {"VirtualService", "EnvoyFilter", "AuthorizationPolicy", "Telemetry", "WasmPlugin", "MeshPolicy"} <= names
    assert not {"Service", "HTTPRoute", "MeshConfig", "EndpointSlice"} & names
    stored = {version["name"]: version["storage"] for version in crd_of(kind("VirtualService"))["spec"]["versions"]}
    assert stored == {"v1alpha3": False, "v1beta1": False, "v1": True}
