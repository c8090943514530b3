"""`blamed`: which refusals go back to which objects. Pure but for the question.

To find out what a proxy's resource was made of goes through all that the proxy has. Where a fleet refuses one resource
it is nearly always the same one, so a few of the proxies are asked about, and what is found holds for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.model.delivery import Delivery
    from pipeline.model.key import Key

    MadeOf = Callable[[str, str, str], Iterable[Key]]

ASKED: Final = 3
"""Proxies of those that refuse a resource of one name that are asked about."""


def blamed(refused: Iterable[Delivery], made_of: MadeOf) -> dict[Key, list[Delivery]]:
    """Return the refusals of each object; `made_of` gives what a node's resource (node, type URL, name) was made of."""
    alike: dict[tuple[str, str], list[Delivery]] = {}
    for item in refused:
        alike.setdefault((item.type_url, item.name), []).append(item)
    found: dict[Key, list[Delivery]] = {}
    for (type_url, name), items in alike.items():
        for key in dict.fromkeys(key for item in items[:ASKED] for key in made_of(item.subscriber, type_url, name)):
            found.setdefault(key, []).extend(items)
    return found
