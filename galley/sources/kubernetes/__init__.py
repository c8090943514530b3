"""Kubernetes as a source: a cluster's API server is listed and watched, kind by kind.

What speaks to an API server (`api`, `reflector`), what of its objects is read (`watched`, `projection`), and what was
said of them (`picture`) live here. What is written back to a cluster is the application's (`galley.app`).
"""
