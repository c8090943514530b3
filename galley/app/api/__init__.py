"""The administration's HTTP API: reads open on loopback, changes by token; described by OpenAPI.

Routes, their answers' shapes and the guard in front of them may live here. They read what the server has and ask the
engine for changes; they decide nothing themselves.
"""
