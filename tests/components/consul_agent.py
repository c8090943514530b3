"""`consul`: a real Consul agent in development mode, in memory, on free loopback ports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from tests.components.building import program
from tests.components.process import Process, free_port, running


class Consul:
    """A server of its own. With `keeps`, what it is told outlives a restart; else indexes, too, begin anew."""

    def __init__(self, folder: Path, settings: Mapping[str, object], *, keeps: bool) -> None:
        """Choose ports, which a restart keeps."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        further = folder / "settings.json"
        # Timeouts of a machine alone: a leader in a second or two, not ten.
        further.write_text(json.dumps({"performance": {"raft_multiplier": 1}, **settings}))
        ports = ("server", "serf-lan", "serf-wan")
        mode = ("-server", "-bootstrap-expect=1", f"-data-dir={folder / 'data'}") if keeps else ("-dev",)
        command = [
            *(str(program("consul")), "agent", *mode, "-node=test", "-bind=127.0.0.1", "-client=127.0.0.1"),
            *("-log-level=warn", f"-config-file={further}", f"-http-port={self.port}"),
            *("-dns-port=-1", "-grpc-port=-1", "-grpc-tls-port=-1"),
            *(f"-{name}-port={free_port()}" for name in ports),
        ]
        self._process = Process(command, folder / "consul.log")

    def start(self) -> None:
        """Start it, and wait until it has a leader."""
        self._process.start()
        self._process.wait(self._ready)

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def put(self, path: str, body: object = None, token: str = "") -> None:
        """Tell it something: `put("/v1/agent/service/register", {...})`."""
        headers = {"X-Consul-Token": token} if token else {}
        answer = httpx.put(self.url + path, json=body, headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text

    def _ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/v1/status/leader", trust_env=False, timeout=2)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK and ":" in answer.text


def consul(folder: Path, *, keeps: bool = False, **settings: object) -> AbstractContextManager[Consul]:
    """Run an agent; further settings are those of its configuration file."""
    return running(lambda fresh: Consul(fresh, settings, keeps=keeps), folder / "consul")
