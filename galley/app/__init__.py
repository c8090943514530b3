"""The wiring: command line, lifecycle and administration.

The only package that knows every room; nothing else may import it.
"""
