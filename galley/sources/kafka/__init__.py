"""A topic as a source: records are understood (pure), told as batches, and each is answered by a verdict."""
