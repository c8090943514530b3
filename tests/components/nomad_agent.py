"""`nomad`: a real Nomad agent in development mode, server and client, on free loopback ports; it can `raw_exec`."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from tests.components.building import program
from tests.components.process import Process, free_port, running

_SETTINGS = """
disable_update_check = true
{further}
ports {{
  http = {http}
  rpc  = {rpc}
  serf = {serf}
}}
plugin "raw_exec" {{
  config {{
    enabled = true
  }}
}}
client {{
  options = {{
    "fingerprint.denylist" = "env_aws,env_azure,env_digitalocean,env_gce"
  }}
}}
"""


class Nomad:
    """An agent. What it is told lives in its memory: a restart forgets all of it."""

    def __init__(self, folder: Path, further: str) -> None:
        """Choose ports, which a restart keeps."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "nomad.hcl"
        settings.write_text(_SETTINGS.format(further=further, http=self.port, rpc=free_port(), serf=free_port()))
        command = [
            *(str(program("nomad")), "agent", "-dev", "-bind=127.0.0.1", "-network-interface=lo"),
            *(f"-config={settings}", "-log-level=WARN"),
        ]
        # With AWS_CA_BUNDLE set, the agent refuses to start ("unable to add custom RootCAs HTTPClient").
        kept = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        # A server without data in development mode makes a folder below TMPDIR; its tasks end with it on SIGINT.
        environment = {**kept, "TMPDIR": str(folder)}
        self._process = Process(command, folder / "nomad.log", ending=signal.SIGINT, environment=environment)

    def start(self) -> None:
        """Start it, and wait until its node takes jobs."""
        self._process.start()
        self._process.wait(self._ready)

    def stop(self) -> None:
        """End it and its tasks."""
        self._process.stop()

    def call(self, method: str, path: str, body: object = None, token: str = "") -> Any:  # noqa: ANN401  JSON
        """Tell or ask it something: `call("POST", "/v1/jobs", {"Job": {...}})`."""
        headers = {"X-Nomad-Token": token} if token else {}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json() if answer.content else None

    def _ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/v1/nodes", trust_env=False, timeout=2)
        except httpx.HTTPError:
            return False
        # With access control, nodes are hidden; a leader must do.
        if answer.status_code == httpx.codes.FORBIDDEN:
            return True
        return answer.status_code == httpx.codes.OK and any(node["Status"] == "ready" for node in answer.json())


def nomad(folder: Path, further: str = "") -> AbstractContextManager[Nomad]:
    """Run an agent; `further` is more of its configuration, in its own language."""
    return running(lambda fresh: Nomad(fresh, further), folder / "nomad")
