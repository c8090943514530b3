"""The mesh configuration inside the ConfigMap `istio` is judged."""

from __future__ import annotations

import pytest

from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from pipeline.stages.validate import judge


def config_map(name: str, **data: str) -> Resource:
    """A ConfigMap of the namespace istio-system."""
    return Resource(
        key=Key("ConfigMap", "istio-system", name),
        api_version="v1",
        spec=canonical({"data": data}),
        origin=Origin(source="files", file="mesh.yaml", line=1, column=1),
    )


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (config_map("istio", mesh="accessLogFile: /dev/stdout\n", meshNetworks="networks: {}\n"), []),
        (config_map("istio", mesh=""), []),
        (config_map("other", mesh="nope: 1"), []),
        (config_map("istio", mesh="connectTimeout: 0s"), [("IST0106", "data.mesh.connectTimeout")]),
        (config_map("istio", mesh="nope: 1"), [("GLY0101", "data.mesh.nope")]),
        (
            config_map("istio", meshNetworks="networks: {a: {gateways: [{address: 1.2.3.4}]}}"),
            [("IST0106", "data.meshNetworks.networks.a.gateways[0].port")],
        ),
    ],
)
def test_the_documents_inside_are_judged_like_documents(resource: Resource, expected: list[tuple[str, str]]) -> None:
    """What `--mesh-config` would say of the text is said of the key that holds it; other ConfigMaps are left alone."""
    assert [(found.code, found.path) for found in judge()(resource)] == expected


def test_text_that_does_not_parse_is_a_fault_of_its_key() -> None:
    """The ConfigMap is there, what it says is not readable."""
    found = judge()(config_map("istio", mesh="a: [1"))
    assert [one.path for one in found] == ["data.mesh"]
    assert found[0].code.startswith("GLY00")
