"""What a connection says of a configuration that cannot be used; no cluster is needed for that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.connection import Connection
from galley.sources.kubernetes.failure import Unreachable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("others", [0, 1])
async def test_a_kubeconfig_that_is_not_there_is_said_to_be_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], others: int
) -> None:
    """With its path and the reason, of one file or of several; nothing is printed beside the log."""
    where = os.pathsep.join([str(tmp_path / "none"), *(str(tmp_path / "neither") for _ in range(others))])
    (place,) = KubernetesSettings.model_validate({"clusters": (where,)}).places()
    with pytest.raises(Unreachable, match=r"^the kubeconfig .*none.* cannot be used: No such file or directory$"):
        await Connection(place).open()
    assert capfd.readouterr() == ("", "")
