"""The command line: `galley`. One file a group of commands; what a command needs is imported when it runs.

Commands talk to the server over its HTTP API, or work offline; they hold no logic of the control plane.
"""

from galley.app.cli.program import main

__all__ = ["main"]
