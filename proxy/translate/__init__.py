"""Envoy resources made of the registry and the rules of traffic, one family a file.

Only rules that build Envoy messages, and the pure functions they are made of, may live here. Every message must be one
that the pinned Envoy accepts. Pure.
"""
