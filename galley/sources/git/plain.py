"""`plain`: text of strangers as one line that can be shown on a terminal, in a log and in a browser. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_USERINFO = re.compile(r"://[^/@\s]+@")
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of Unicode that move the cursor, turn the direction of text, or show nothing."""


def plain(text: str, longest: int = 300) -> str:
    """Return text without control characters, with single spaces, cut to a length in characters."""
    shown = "".join(" " if unicodedata.category(one) in _UNSHOWN else one for one in text[: 4 * longest])
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def scrubbed(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return text without users and passwords in URLs, and without these secrets."""
    text = _USERINFO.sub("://***@", text)
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
