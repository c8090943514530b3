"""Mixer: what proxies report of requests, as metrics that name services and workloads.

Snapshot in, index out; log record in, attributes, labels and metrics out. All of it is pure: times are arguments, and
only `server` knows gRPC, the loop and the clock. Nothing here imports `proxy` or `citadel`.
"""
