"""Who drives the stages: the embedded engine over a local log, and later the distributed one.

Engines alone may live here. They hold the state, the graph and the log together, and know sinks by their contract.
"""
