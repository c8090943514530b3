"""From a server's address to a running Envoy: token, certificate, bootstrap, process."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from citadel.client import CertificateRefusedError
from galley.app.api.answers import ServerAnswer, TokenAnswer, TokenRequest
from galley.app.cli.client import Client
from galley.app.envoy.binary import NoEnvoy, find_envoy
from galley.app.envoy.bootstrap import Bootstrap
from galley.app.envoy.identity import join, keep_fresh
from galley.app.envoy.process import running_envoy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from citadel.client import Credentials


class LaunchFailed(Exception):
    """Envoy was not started; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep the hint."""
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What `galley envoy` was asked for; `server` is the administration's address."""

    node: str
    metadata: Mapping[str, Any]
    server: str
    token: str
    plaintext: bool
    admin: str
    directory: Path
    binary: Path | None = None


async def launch(plan: Launch, *, bootstrap_only: bool) -> int:
    """Run Envoy until it ends; return its exit code. Raise `LaunchFailed`."""
    plan.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    client = Client(plan.server)
    addresses = client.get(ServerAnswer, "/api/v1/server").addresses
    credentials = None if plan.plaintext else await _credentials(plan, client, addresses)
    server = addresses.get("xds" if plan.plaintext else "xds_tls", "")
    if not server:
        message = f"the server has no {'plain-text' if plan.plaintext else 'TLS'} xDS address"
        raise LaunchFailed(message, "see `galley serve --set xds.address=` and xds.tls_address")
    bootstrap = Bootstrap(
        node=plan.node,
        server=server,
        admin=plan.admin,
        metadata=plan.metadata,
        secrets=None if plan.plaintext else plan.directory,
    )
    if bootstrap_only:
        sys.stdout.write(orjson.dumps(bootstrap.render(), option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    return await _run(plan, bootstrap, credentials, server)


async def _credentials(plan: Launch, client: Client, addresses: Mapping[str, str]) -> Credentials:
    token = plan.token or client.post(TokenAnswer, "/api/v1/tokens", TokenRequest()).token
    root = client.get(str, "/api/v1/root").encode()
    try:
        return await join(addresses.get("citadel", ""), token, root, plan.directory)
    except CertificateRefusedError as error:
        message = f"no certificate: {error}"
        raise LaunchFailed(message, "make a new token: `galley token create`") from error


async def _run(plan: Launch, bootstrap: Bootstrap, credentials: Credentials | None, renewal: str) -> int:
    try:
        envoy = find_envoy(plan.binary)
    except NoEnvoy as error:
        raise LaunchFailed(str(error), "`make envoy` installs one; or name one: --envoy PATH, GALLEY_ENVOY") from error
    async with running_envoy(envoy, bootstrap, plan.directory) as process, asyncio.TaskGroup() as tasks:
        fresh = None
        if credentials is not None:
            fresh = tasks.create_task(keep_fresh(renewal, credentials, plan.directory))
        code = await process.wait()
        if fresh is not None:
            fresh.cancel()
        return code
