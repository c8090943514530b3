"""How long a verdict takes at 200 a second with 10,000 objects, beside a webhook that allows everything."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from citadel.authority import Authority
from citadel.serving import ServingCertificate
from tests.app.webhook.apiserver import document, review
from tests.bench.mesh import route, service, write
from tests.bench.process import galley, resident
from tests.bench.reviews import Asker, percentile, processor_seconds
from tests.bench.table import show
from tests.components.process import free_port

pytestmark = pytest.mark.bench

SERVICES = 3_334
RATE = 200
SECONDS = 10


def _reviews(count: int) -> Iterator[bytes]:
    """Give reviews of every sort: edits, objects that are new, rules that lose a subset, bad ones, deletions."""
    for number in range(count):
        at = number * 7 % SERVICES
        old = document(route(at))
        new = document(route(at, f"mark-{number}"))
        entry, rule = (_in_default(tree) for tree in yaml.safe_load_all(service(at)))
        match number % 8:
            case 0:
                fresh = {**new, "metadata": {"name": f"fresh-{number}", "namespace": "default"}}
                yield _body(fresh)
            case 1:
                rule["spec"]["subsets"].pop()
                yield _body(rule, {"metadata": {}})
            case 2:
                new["spec"]["http"][0]["route"][0]["destination"]["host"] = "nobody.bench.example"
                yield _body(new, old)
            case 3:
                new["spec"]["http"][0]["timeut"] = "1s"
                yield _body(new, old)
            case 4:
                yield _body(None, entry)
            case _:
                yield _body(new, old)


def _in_default(tree: dict[str, Any]) -> dict[str, Any]:
    tree["metadata"]["namespace"] = "default"
    return tree


def _body(new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> bytes:
    return orjson.dumps(review(new, old))


@pytest.mark.timeout(300)
async def test_verdicts_are_given_in_time(tmp_path: Path) -> None:
    """The 99th percentile is within 100 ms, and the work is a few times what TLS and HTTP cost anyway."""
    write(tmp_path / "mesh", SERVICES)
    bodies = list(_reviews(RATE * SECONDS))
    async with galley(tmp_path, webhook=True) as server:
        before = resident(server.pid)
        trusted = ssl.create_default_context(cafile=str(tmp_path / "data" / "ca" / "ca-cert.pem"))
        first = await _measure(server.webhook, trusted, bodies[:1], server.pid)
        ours = await _measure(server.webhook, trusted, bodies, server.pid)
        after = resident(server.pid)
    async with _bare(tmp_path) as (address, trusted, pid):
        bare = await _measure(address, trusted, bodies, pid)
    show(
        f"{RATE} reviews a second for {SECONDS} s, 10,002 objects",
        ("", "p50 ms", "p99 ms", "most ms", "CPU ms each", "of bare"),
        [
            ("a webhook that allows all", *bare, "1.0x"),
            ("galley", *ours, f"{ours[3] / bare[3]:.1f}x"),
        ],
    )
    show("the first", ("ms", "MiB before", "MiB after"), [(first[2], before, after)])
    assert ours[1] < 100
    assert ours[3] < 12 * bare[3]


async def _measure(
    address: str, trusted: ssl.SSLContext, bodies: list[bytes], pid: int
) -> tuple[float, float, float, float]:
    asker = Asker(address, trusted)
    await asker.connect()
    before = processor_seconds(pid)
    await asker.steadily(bodies, RATE)
    spent = (processor_seconds(pid) - before) * 1e3 / len(bodies)
    await asker.close()
    assert len(asker.asked) == len(bodies)
    found = asker.asked
    return percentile(found, 0.5), percentile(found, 0.99), max(found) * 1e3, spent


@asynccontextmanager
async def _bare(root: Path) -> AsyncIterator[tuple[str, ssl.SSLContext, int]]:
    now = datetime.now(UTC)
    authority = Authority.open(root / "bare-ca", now)
    pair = ServingCertificate(authority).current(now)
    file = root / "bare.pem"
    file.touch(mode=0o600)
    file.write_bytes(pair.certificate_pem + pair.key_pem)
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bare_webhook", file, str(port))
    try:
        async with asyncio.timeout(20):
            while not await _open(port):
                await asyncio.sleep(0.05)
        trusted = ssl.create_default_context(cadata=authority.root_pem)
        yield f"127.0.0.1:{port}", trusted, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
