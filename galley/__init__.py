"""The program around the pipeline: sources, documents, settings, and the wiring in `galley.app`.

Its rooms stand in different rows of the architecture, so this file imports none of them.
"""

__version__ = "0.1.0"
