"""`typed`: the typed content of an object, by the rule that analysis uses too. Pure."""

from pipeline.stages.typed import typed, typed_as

__all__ = ["typed", "typed_as"]
