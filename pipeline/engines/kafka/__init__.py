"""The distributed engine: the same stages over Kafka, the writer of a mesh inside a Faust worker in our own loop.

What follows the mesh's topics, writes them, and watches both may live here; Faust itself is known to one file alone.
"""
