"""`Connection`: an HTTP session to one API server, with the credentials of a kubeconfig or of the pod we run in.

kubernetes-asyncio reads the configuration and keeps the credentials fresh; it is imported at the first use, since it is
large and optional.
"""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from galley.settings.kubernetes import IN_CLUSTER
from galley.sources.kubernetes.failure import Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from galley.settings.kubernetes import ClusterPlace

_AUTH: Final = "BearerToken"

_SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


class Opened(NamedTuple):
    """A session, where its API server is, and what every request needs besides."""

    session: aiohttp.ClientSession
    host: str
    options: Mapping[str, Any]


class Connection:
    """Opens the session at its first use, and again with fresh credentials where the old ones are refused."""

    def __init__(self, place: ClusterPlace, service_account: str | Path = _SERVICE_ACCOUNT) -> None:
        """Take where the cluster's configuration is; nothing is read yet."""
        self._place = place
        self._service_account = service_account
        self._client: Any = None
        self._configuration: Any = None
        self._opening = asyncio.Lock()

    async def open(self) -> Opened:
        """Return the session; raise `Unreachable` where the configuration cannot be read."""
        async with self._opening:
            if self._client is None:
                await self._load()
        rest = self._client.rest_client
        options: dict[str, Any] = {"allow_redirects": False}
        if rest.proxy:
            options["proxy"] = rest.proxy
        if rest.server_hostname:
            options["server_hostname"] = rest.server_hostname
        return Opened(rest.pool_manager, self._configuration.host.rstrip("/"), options)

    async def credentials(self) -> dict[str, str]:
        """Return the headers that say who we are; a token's file is read again from time to time."""
        headers: dict[str, str] = {}
        client = self._client
        if client is not None:
            try:
                await client.update_params_for_auth(headers, [], [_AUTH])
            except Exception as error:  # whatever a credential plugin does
                raise Unreachable(f"the credentials cannot be read: {type(error).__name__}") from error
        return headers

    async def close(self) -> None:
        """End the session, and with it whatever is under way; the next use opens another."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
            await asyncio.sleep(0)  # the transports end in the next turn of the loop

    async def _load(self) -> None:
        try:
            config = await asyncio.to_thread(import_module, "kubernetes_asyncio.config")
            client = await asyncio.to_thread(import_module, "kubernetes_asyncio.client")
        except ImportError as error:
            raise Unreachable("kubernetes-asyncio is not installed: pip install 'galley-mesh[kubernetes]'") from error
        configuration = client.Configuration()
        configuration.connection_pool_maxsize = 0
        try:
            await self._read(config, configuration)
            self._client = client.ApiClient(configuration)
        except Exception as error:  # a plugin, a file, a certificate: all of them somebody else's
            _forget_files()
            raise Unreachable(f"{self._where()} cannot be used: {_said(error)}") from error
        self._configuration = configuration

    async def _read(self, config: Any, configuration: Any) -> None:  # noqa: ANN401  untyped modules
        if self._place.kubeconfig == IN_CLUSTER:
            folder = self._service_account
            files = {"token_filename": f"{folder}/token", "cert_filename": f"{folder}/ca.crt"}
            await asyncio.to_thread(config.load_incluster_config, configuration, **files)
            return
        await asyncio.to_thread(_look, self._place.kubeconfig)
        await config.load_kube_config(
            self._place.kubeconfig,
            context=self._place.context or None,
            client_configuration=configuration,
            persist_config=False,
        )

    def _where(self) -> str:
        if self._place.kubeconfig == IN_CLUSTER:
            return "the service account of this pod"
        return f"the kubeconfig {self._place.kubeconfig}"


def _look(kubeconfig: str) -> None:
    """Raise `OSError` where none of the files can be read: the library would print that, and go on with nothing."""
    error: OSError | None = None
    for file in kubeconfig.split(os.pathsep):
        try:
            Path(file).expanduser().open("rb").close()
        except OSError as found:
            error = found
        else:
            return
    if error is not None:
        raise error


def _forget_files() -> None:
    """Have the files written anew that a kubeconfig's certificates go through: somebody may have tidied them away.

    Not after each use: the library leaves a descriptor of each open.
    """
    remove = vars(import_module("kubernetes_asyncio.config.kube_config")).get("_cleanup_temp_files")
    if remove is not None:
        remove()


def _said(error: Exception) -> str:
    """Return an error's words, in one short line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
