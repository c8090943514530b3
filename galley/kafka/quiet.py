"""`quiet_libraries`: what the libraries write into Python's own log is neither ours in form nor free of secrets."""

from __future__ import annotations

import logging
from typing import Final

_LIBRARIES: Final = ("aiokafka", "kafka")


def quiet_libraries() -> None:
    """Let them write what is critical alone; all that matters of the rest is raised, and told in our log.

    On their lowest levels they write requests as they are sent: by the mechanism PLAIN, with the password.
    """
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(logging.CRITICAL)
