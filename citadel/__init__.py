"""Citadel: identities for workloads, and the certificates that prove them.

Pure modules (`identity`, `policy`, `csr`, `certificate`, `proto`) decide and shape; they get time and serial numbers
as arguments. `authority`, `tokens` and `serving` keep keys and secrets; `server` and `client` are the two ends of the
wire. Nothing here imports `proxy` or `mixer`.
"""
