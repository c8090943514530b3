"""The house rules that no ready-made linter knows, each a module `check_*` with a function `check`.

`python -m tests.house` runs all, `python -m tests.house.check_sizes` one. A checker reads files and returns what it
found; beside each stands a test that it catches a planted fault.
"""
