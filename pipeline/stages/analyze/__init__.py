"""Findings that need more than one object: Istio's analyzers, each a rule over tracked reads. Pure.

A rule sees the mesh as it is served, so an edit costs the findings of the objects that read what it changed. Only rules
that give problems, and what they look up, may live here.
"""

from pipeline.stages.analyze.findings import findings

__all__ = ["findings"]
