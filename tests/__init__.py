"""The tests, a folder for each area; `tests.house` holds the project's own rules.

A package, so that no other `tests` on the path can be taken for it.
"""
