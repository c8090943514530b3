"""Says how far each revision has come: `BROKER=HOST:PORT PREFIX=galley. python with_faust.py worker --without-web`.

Faust writes what is printed to its log.
"""

import os

import faust

prefix = os.environ.get("PREFIX", "galley.")
app = faust.App(
    f"{prefix}rollouts",
    broker=f"kafka://{os.environ.get('BROKER', '127.0.0.1:9092')}",
    store="memory://",
    consumer_auto_offset_reset="earliest",
    topic_partitions=1,
)
events = app.topic(f"{prefix}events", value_type=bytes, value_serializer="json")
live = app.Table("live", default=str, partitions=1)


@app.agent(events)
async def follow(stream: faust.Stream) -> None:
    """Keep the last word about each revision in a table, which survives this program."""
    async for event in stream:
        data = event["data"]
        if event["type"] == "io.galley.revision.applied.v1":
            live[str(data["revision"])] = f"{data['applied']} of {data['of']}"
            print(f"revision {data['revision']} is live on {live[str(data['revision'])]} proxies", flush=True)


if __name__ == "__main__":
    app.main()
