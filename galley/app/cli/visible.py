"""`visible`: text from outside as a terminal may show it. Pure.

Names, messages and reasons come from files and proxies. A control character among them could colour, move the cursor,
retitle or forge a line of our own; all are shown as escapes, and so is what turns the direction of text around.
"""

from __future__ import annotations

from unicodedata import category

_SHOWN_AS_ESCAPES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Return the text on one line, with every control character as an escape, such as `\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(one) if category(one) in _SHOWN_AS_ESCAPES else one for one in text)


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode()
