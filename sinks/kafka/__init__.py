"""The sink that publishes on Kafka: what happens, what is served, and its revisions, for others to build on.

Events go to `events` as they happen (`sinks.kafka.event_publisher`). `resources` and `revisions` are levels: with the
embedded engine, `sinks.kafka.mesh_publisher` brings what they hold in step with what is served. Neither holds anybody
up: what is handed over is kept within bounds, and sent by tasks of their own. Libraries come with the extra `kafka`.
"""
