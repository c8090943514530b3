"""What the administration can say and do: status, history, proxies, changes.

Reads the engine, the ledger and the sinks.

No HTTP here (that is `galley.app.api`), and no lifecycle (that is the server).
"""
