"""The quick start: a server, a real Envoy as an edge gateway, three versions of a sample service.

What `galley demo` runs, and what drives it to the end by itself, may live here. It uses the program as a user would.
"""
