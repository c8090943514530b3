"""A service that answers with its version, on loopback: `python -m galley.app.demo.sample_service v1:9081 v2:9082`."""

from __future__ import annotations

import asyncio
import sys

import orjson


async def _serve(version: str, port: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                body = orjson.dumps(
                    {"service": "reviews", "version": version, "stars": len(version) + int(version[1:])}
                )
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _main(arguments: list[str]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for argument in arguments:
            version, _, port = argument.partition(":")
            tasks.create_task(_serve(version, int(port)))


if __name__ == "__main__":
    try:
        asyncio.run(_main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(0)
