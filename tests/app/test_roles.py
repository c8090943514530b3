"""A process does what its roles say, and opens what they need."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from galley.app.assembly import assemble
from galley.app.cannot_start import CannotStart
from galley.app.control.sources import readiness
from galley.app.data_directory import data_directory
from galley.settings.settings import Settings
from tests.app.live import running

if TYPE_CHECKING:
    from pathlib import Path

_OPENED = {
    "xds": {"xds", "xds_tls"},
    "mixer": {"mixer"},
    "citadel": {"citadel"},
    "webhook": {"webhook"},
    "ingest": set(),
}


@pytest.mark.parametrize("role", _OPENED)
async def test_a_process_opens_the_addresses_of_its_roles_only(tmp_path: Path, role: str) -> None:
    """And the administration, always; xDS over TLS needs no Citadel in the same process."""
    async with running(tmp_path, roles=("ingest", "pipeline", role)) as live:
        assert set(live.addresses) == {"admin", *_OPENED[role]}


async def test_an_empty_address_is_not_opened(tmp_path: Path) -> None:
    """Each may be off by itself."""
    off = {"address": ""}
    async with running(
        tmp_path, xds={"address": "127.0.0.1:0", "tls_address": ""}, mixer=off, citadel=off, webhook=off
    ) as live:
        assert set(live.addresses) == {"admin", "xds"}


@pytest.mark.parametrize("roles", [("xds",), ("ingest", "xds"), ("pipeline", "citadel"), ("archive",)])
def test_the_embedded_engine_needs_all_of_the_pipeline_in_one_process(tmp_path: Path, roles: tuple[str, ...]) -> None:
    """Who names roles without it is told which are missing, and which engine has them apart."""
    with pytest.raises(CannotStart, match=r"leaves out (ingest|pipeline)") as refused:
        assemble(Settings.model_validate({"data": tmp_path, "roles": roles}))
    assert "--engine kafka" in refused.value.hint
    assert not list(tmp_path.iterdir())


def test_the_kafka_engine_needs_brokers(tmp_path: Path) -> None:
    """Without their addresses nothing starts, and the setting is named."""
    with pytest.raises(CannotStart, match=r"kafka\.bootstrap"):
        assemble(Settings.model_validate({"data": tmp_path, "engine": "kafka", "roles": ("xds",)}))


def test_each_process_of_a_mesh_has_a_state_directory_of_its_own() -> None:
    """On one machine too: processes of one mesh differ in roles or address, and meshes in their prefix."""
    wanted: list[dict[str, object]] = [
        {},
        {"roles": ("xds",)},
        {"roles": ("xds",), "admin": {"address": "127.0.0.1:16014"}},
        {"roles": ("ingest", "pipeline")},
        {"kafka": {"bootstrap": "127.0.0.1:9092", "prefix": "other."}},
        {"kafka": {"bootstrap": "127.0.0.1:9093"}},
        {"engine": "embedded"},
    ]
    mesh = {"engine": "kafka", "kafka": {"bootstrap": "127.0.0.1:9092"}}
    found = [data_directory(Settings.model_validate({**mesh, **one})) for one in wanted]
    assert len(set(found)) == len(wanted)
    assert found == [data_directory(Settings.model_validate({**mesh, **one})) for one in wanted]


@pytest.mark.parametrize("library", ["faust", "aiokafka", "kafka"])
def test_the_kafka_engine_names_the_extra_that_is_missing(tmp_path: Path, library: str) -> None:
    """Without its libraries, `galley serve --engine kafka` says what to install."""
    text = (
        f"import sys; sys.modules[{library!r}] = None; from galley.app.cli import main;"
        "sys.argv = ['galley', 'serve', '--engine', 'kafka', '--set', 'kafka.bootstrap=127.0.0.1:1', *sys.argv[1:]];"
        "main()"
    )
    command = [sys.executable, "-c", text, "--data", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert f"({library}" in ran.stderr
    assert "pip install 'galley-mesh[kafka]'" in ran.stderr


def test_a_process_that_does_not_follow_its_mesh_is_not_ready() -> None:
    """And says why; that changes are not accepted is told, and decides nothing."""
    assert readiness([], 3).splitlines()[-1] == "ready"
    assert readiness([], 3, trouble="no broker").splitlines() == [
        "[+] snapshot: revision 3",
        "[-] engine: no broker",
        "ready",
    ]
    assert readiness([], 3, stalled="it lags").splitlines()[-2:] == ["[-] engine: it lags", "it lags"]
