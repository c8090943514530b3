"""`typed`: the typed content of an object, by the pipeline's own rule, so that analysis and translation parse once. Pure."""

from pipeline.stages.typed import typed, typed_as

__all__ = ["typed", "typed_as"]
