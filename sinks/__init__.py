"""Sinks: where snapshots go out. A sink receives consistent snapshots and never asks a source or an engine."""
