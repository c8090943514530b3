"""A process that writes a mesh, for tests that kill it: BOOTSTRAP PREFIX FOLDER. It says `writing` once it does."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.pipeline.kafka.engines import running, settings_of


async def main(bootstrap: str, prefix: str, folder: str) -> None:
    """Run until killed."""
    async with running(settings_of(bootstrap, prefix, session_timeout=3.0, heartbeat=1.0), Path(folder)) as engine:
        while not engine.writing:
            await asyncio.sleep(0.05)
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
