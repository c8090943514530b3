"""The pipeline without a server: files in, diagnostics or Envoy resources out. Runs the same stages.

What `galley validate` and `galley xds` need may live here.
"""
