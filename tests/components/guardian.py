"""Runs a program for as long as somebody holds the other end of its standard input: `guardian.py SIGNAL COMMAND...`.

A test runner that is killed cannot stop what it started; but its end of the pipe closes, whatever the manner. The
program gets the signal then, a few seconds, and after these SIGKILL for its whole group. Standard library only.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

_PATIENCE = 8.0


def main() -> int:
    """Run the command; give its exit code."""
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, start_new_session=True)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    threading.Thread(target=_end_when_alone, args=(child, signal.Signals[sys.argv[1]]), daemon=True).start()
    code = child.wait()
    _kill(child)
    return code


def _end_when_alone(child: "subprocess.Popen[bytes]", ending: signal.Signals) -> None:
    """Wait until nobody holds the other end, then end the program."""
    os.read(sys.stdin.fileno(), 1)
    child.send_signal(ending)
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        _kill(child)


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """Kill whatever is left of the program's group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
