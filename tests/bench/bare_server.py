"""The least that a server in Python can do: bytes to every open stream. For each line of its input it sends a message.

usage: python -m tests.bench.bare_server BYTES; it prints its address. A message is the line, filled up to BYTES.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc
from grpc import aio

from tests.bench.fleet import METHOD, SERVICE


async def _serve(size: int) -> None:
    streams: dict[Any, None] = {}

    async def stream(_: object, context: Any) -> None:  # noqa: ANN401  grpc.aio has no types for bytes
        streams[context] = None
        try:
            while await context.read() is not aio.EOF:  # type: ignore[attr-defined]
                pass
        finally:
            del streams[context]

    server = aio.server(options=[("grpc.so_reuseport", 0)])
    handler = grpc.stream_stream_rpc_method_handler(stream)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"127.0.0.1:{port}\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        data = line.strip().ljust(size)
        await asyncio.gather(*(context.write(data) for context in list(streams)))
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
