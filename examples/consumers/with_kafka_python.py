"""Prints each revision as it is published: `python with_kafka_python.py [BROKER [PREFIX]]`."""

import json
import sys

from kafka import KafkaConsumer

broker, prefix = (*sys.argv[1:], *("127.0.0.1:9092", "galley.")[len(sys.argv) - 1 :])
consumer = KafkaConsumer(f"{prefix}events", bootstrap_servers=broker, auto_offset_reset="earliest")
seen = ""
for record in consumer:
    event = json.loads(record.value)
    # At least once: an event that came twice has the same id.
    if event["type"] == "io.galley.revision.published.v1" and event["id"] != seen:
        seen = event["id"]
        data = event["data"]
        print(event["time"], f"revision {data['revision']}:", ", ".join(data["changed"]) or "-", flush=True)
