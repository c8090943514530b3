"""The durable order of changes: what is appended here, and acknowledged, is never lost.

The log's contract and its implementations may live here. A log does disk I/O; it knows nothing of sources, sinks or
engines.
"""
