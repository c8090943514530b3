"""Envoy's own configuration inside of Istio's kinds: which messages there are, and whether content has their shape.

Only what reads the descriptors of xds-protos may live here; they are loaded when the first EnvoyFilter is checked.
"""
