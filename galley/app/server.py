"""The server: every part made, started and stopped in an order that has its reasons.

Start. 1. The log is opened and the last good snapshot published, before any source is asked: a restarted server
serves at once. 2. Sinks are attached, and get that snapshot. 3. Addresses open, administration first, so that whoever
waits for readiness can ask; a port in use ends the start. 4. Sources run, and may take as long as they like.
Stop. The reverse: sources first, so that nothing new enters; then the streams end as unavailable, so that proxies
turn to another server; then the engine and its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import orjson
import structlog

from citadel import durable_file
from galley.app.assembly import Assembly, assemble
from galley.app.cannot_start import CannotStart
from galley.app.fleet.make_fleet import server_name
from galley.app.http_server import HttpServer
from galley.app.logging import configure_logging
from galley.app.supervise import follow
from galley.settings.address import is_loopback
from pipeline.log.contract import LogUnusable

if TYPE_CHECKING:
    from galley.settings.settings import Settings

_log = structlog.get_logger("galley")
_DRAIN = 5.0

__all__ = ["CannotStart", "run", "serve"]


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raise `CannotStart`."""
    configure_logging(settings.log_format)
    asyncio.run(_until_signalled(settings))


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop)


async def serve(settings: Settings, stop: asyncio.Event, started: asyncio.Event | None = None) -> None:
    """Serve until `stop` is set; set `started` once all addresses are open. Raise `CannotStart`."""
    _check_addresses(settings)
    assembly = assemble(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(assembly.log.close)
        try:
            await assembly.engine.open()
        except LogUnusable as error:
            raise CannotStart(str(error), "the log is in the data directory; see docs/pipeline.md") from error
        assembly.attach()
        http = HttpServer(assembly.application())
        stack.callback(http.stop)
        await _open(assembly, http, stack)
        durable_file.replace(assembly.data / "addresses.json", orjson.dumps(assembly.addresses))
        name = server_name(settings, assembly.data)
        _log.info("server.started", name=name, data=str(assembly.data), **assembly.addresses)
        _warn(assembly)
        if started is not None:
            started.set()
        await _work(assembly, http, stop)


def _warn(assembly: Assembly) -> None:
    """Say what is allowed, and hardly meant."""
    settings = assembly.settings
    if "ingest" in settings.roles and not assembly.sources:
        _log.warning("sources.none", hint="nothing is followed: name a directory with --files DIR")
    if settings.engine == "kafka" and assembly.authority is not None and settings.citadel.ca is None:
        hint = "servers of one mesh need one authority: name a folder that they share as citadel.ca"
        _log.warning("authority.own", folder=str(assembly.data / "ca"), hint=hint)


async def _open(assembly: Assembly, http: HttpServer, stack: contextlib.AsyncExitStack) -> None:
    """Open every address of our roles; what is opened is closed in reverse."""
    settings, addresses = assembly.settings, assembly.addresses
    try:
        addresses["admin"] = http.open(settings.admin.address)
        if assembly.mixer_server and settings.mixer.address:
            port = await assembly.mixer_server.start(settings.mixer.address)
            addresses["mixer"] = _with_port(settings.mixer.address, port)
            stack.push_async_callback(assembly.mixer_server.stop, 0.5)
        if assembly.join_server and settings.citadel.address:
            port = await assembly.join_server.start(settings.citadel.address)
            addresses["citadel"] = _with_port(settings.citadel.address, port)
            stack.push_async_callback(assembly.join_server.stop, 0.5)
        if assembly.webhook:
            addresses["webhook"] = assembly.webhook.open()
            stack.callback(assembly.webhook.stop)
        if assembly.xds:
            certificates = assembly.certificates if assembly.serving else None
            ports = await assembly.xds.open(settings.xds.address, settings.xds.tls_address, certificates)
            for name, address in (("xds", settings.xds.address), ("xds_tls", settings.xds.tls_address)):
                if name in ports:
                    addresses[name] = _with_port(address, ports[name])
    except (OSError, RuntimeError) as error:
        reason, _, _ = str(error).partition("; set GRPC_")
        hint = f"is another server running? `--set {_setting_of(reason, settings)}=127.0.0.1:PORT` moves this one"
        raise CannotStart(reason, hint) from error


async def _work(assembly: Assembly, http: HttpServer, stop: asyncio.Event) -> None:
    """Run engine and sources until told to stop: sources end first."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(http.run(), name="admin")
        engine = tasks.create_task(assembly.engine.run(), name="engine")
        background = [tasks.create_task(work, name=name) for name, work in assembly.background()]
        sources = [
            tasks.create_task(follow(source, assembly.engine, assembly.reception.submit), name=f"source.{source.name}")
            for source in assembly.sources
        ]
        await stop.wait()
        _log.info("server.draining", seconds=_DRAIN)
        if assembly.webhook:
            await assembly.webhook.drain()
        for task in sources:
            task.cancel()
        await asyncio.gather(*sources, return_exceptions=True)
        if assembly.xds:
            await assembly.xds.stop(_DRAIN / 2)
        for task in (engine, *background):
            task.cancel()
        assembly.events.end()
        http.stop()


def _check_addresses(settings: Settings) -> None:
    """Plain text stays on this machine, unless somebody has said otherwise."""
    plain = {
        "xds.address": settings.xds.address,
        "admin.address": settings.admin.address,
        "mixer.address": settings.mixer.address,
    }
    for name, address in plain.items():
        if address and not is_loopback(address) and not settings.allow_plaintext:
            raise CannotStart(
                f"{name}={address} would speak plain text beyond this machine",
                "allow it with --set allow_plaintext=true, or use a loopback address",
            )
    if not settings.admin.address:
        raise CannotStart("admin.address is empty", "the administration is always there; give it an address")


def _setting_of(reason: str, settings: Settings) -> str:
    """Return the setting whose address a failed start names."""
    opened = {
        "admin.address": settings.admin.address,
        "mixer.address": settings.mixer.address,
        "citadel.address": settings.citadel.address,
        "webhook.address": settings.webhook.address,
        "xds.address": settings.xds.address,
        "xds.tls_address": settings.xds.tls_address,
    }
    return next((name for name, address in opened.items() if address and address in reason), "NAME.address")


def _with_port(address: str, port: int) -> str:
    return f"{address.rpartition(':')[0]}:{port}"
