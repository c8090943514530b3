"""`gateway_api_definitions`: the Gateway API's own definitions of its kinds, of its standard channel."""

from __future__ import annotations

from typing import Any

import yaml

from tests.components.building import program


def gateway_api_definitions() -> list[dict[str, Any]]:
    """Return the CustomResourceDefinitions, as they are released."""
    files = sorted(program("gateway-api", "crd").glob("*.yaml"))
    trees = (tree for file in files for tree in yaml.safe_load_all(file.read_text()))
    return [tree for tree in trees if tree and tree["kind"] == "CustomResourceDefinition"]
