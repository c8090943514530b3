"""The settings tree: one frozen value from a file, the environment and flags; each part is handed its own branch only.

Only the shapes of settings and the reading of them may live here. It is a row of its own, below the edges, because
several edges share its types.
"""
