"""The incremental graph: pure functions over tracked reads, recomputed only where what they read has changed.

Only the graph and its own data structures may live here; the functions it runs belong to whoever needs their results.
Pure: no I/O, no clock, no randomness.
"""

from pipeline.derive.failure import RuleFailed
from pipeline.derive.graph import Graph
from pipeline.derive.transient import transient
from pipeline.derive.view import Rule, View

__all__ = ["Graph", "Rule", "RuleFailed", "View", "transient"]
