"""Running an Envoy on this machine: its bootstrap, its certificate, its process.

Nothing here is needed by the server; `galley envoy` and the demo use it.
"""
