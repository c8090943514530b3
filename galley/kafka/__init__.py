"""Kafka's brokers: how clients reach them, what Galley's topics are like, and whether they are so.

Here lives what the engine, the source and the sink on Kafka share. It decides nothing about records. The libraries come
with the extra `kafka`: what is imported without it, `names`, `wanted` and `faults`, imports none of them.
"""
