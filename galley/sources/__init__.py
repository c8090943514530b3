"""Sources: where changes come in.

Each turns what it watches into batches of changes; none knows an engine or a sink.
"""
