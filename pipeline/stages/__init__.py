"""The pure stages between a source's changes and a revision: validate, aggregate, analyze, transform, assemble.

A stage is a total, deterministic function of its state and a record; both engines run the same ones. Only stages, their
state and its records may live here. Pure: no I/O, no clock, no randomness.
"""
