"""The records that flow through the pipeline, as frozen values, and the catalogue of diagnostic codes.

Only immutable data and the functions that make, compare, encode and decode it may live here. Pure: no I/O, no clock,
no randomness; times and ids arrive as fields.
"""
