"""Rebuilds the mesh, and prints each revision that is complete: `python with_aiokafka.py [BROKER [PREFIX]]`."""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer

broker, prefix = (*sys.argv[1:], *("127.0.0.1:9092", "galley.")[len(sys.argv) - 1 :])


async def main() -> None:
    """Read both topics from their beginning; a revision is complete once every object that it changed is there."""
    topics = f"{prefix}resources", f"{prefix}revisions"
    mesh, wanted, writers = {}, {}, dict.fromkeys(topics, 0)
    async with AIOKafkaConsumer(*topics, bootstrap_servers=broker, auto_offset_reset="earliest") as consumer:
        async for record in consumer:
            value = json.loads(record.value) if record.value else None
            epoch = int(dict(record.headers).get("epoch", 0))
            if record.key == b"writer":  # who writes from here on; what an older one still writes does not count
                writers[record.topic] = value.get("epoch", value.get("shift", 0) + record.offset + 1)
            elif epoch >= writers[record.topic] and record.topic == topics[0]:
                mesh[record.key.decode()] = value and value["v"]
            elif epoch >= writers[record.topic] and value:
                wanted |= {"/".join(key): digest for key, digest in value["v"]["changed"]}
                number = value["v"]["number"]
            if wanted and all((mesh.get(key) or {}).get("digest") == digest for key, digest in wanted.items()):
                there = sorted(key for key, found in mesh.items() if found)
                print(f"revision {number}: {len(there)} objects:", ", ".join(there), flush=True)
                wanted = {}


asyncio.run(main())
