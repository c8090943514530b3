"""What became of an object, written into its status in the cluster that it came from.

What an object's fate is and how a status says it is pure (`fate`, `conditions`); one writer a cluster carries it there.
"""
