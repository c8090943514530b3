"""The Marathon source: apps and their tasks, by its stream of events (docs/sources/marathon.md)."""
