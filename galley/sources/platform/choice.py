"""What a service is, where its instances each say it for themselves. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from galley.sources.platform.account import unreadable
from galley.sources.platform.names import label
from pipeline.model import codes_registry as codes
from schemas.rules.names import fqdn_problem
from schemas.rules.ports import protocol_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.platform.objects import Home
    from pipeline.model.diagnostic import Diagnostic


T = TypeVar("T", str, int, bool)


class Wish(NamedTuple):
    """What one instance says of its service; a port of 0 is none. A `dynamic` port is its own and nobody else's."""

    port: int
    service_port: int
    protocol: str
    external: bool
    dynamic: bool = False


class Chosen(NamedTuple):
    """What the service is taken for, and what there is to say about that."""

    number: int
    protocol: str
    external: bool
    notes: tuple[Diagnostic, ...]


def chosen(wishes: Iterable[Wish], default_port: int, home: Home, place: str) -> Chosen | None:
    """Return what most instances say (of as many, the first in order); None where nobody has a port.

    The port is what instances say the service's is, else their own where that is the same for all, else the default.
    """
    said = list(wishes)
    own = {0 if wish.dynamic else wish.port for wish in said if wish.port}
    asked = [wish.service_port for wish in said if wish.service_port]
    if not own and not asked:
        return None
    number = _most(asked) if asked else (own.pop() if len(own) == 1 else 0) or default_port
    notes = []
    if len(set(asked)) > 1:
        notes.append(_disagree(home, place, "port", (str(port) for port in asked), str(number)))
    protocols = [wish.protocol.lower() for wish in said]
    protocol = _most(protocols)
    if len(set(protocols)) > 1:
        notes.append(_disagree(home, place, "protocol", protocols, protocol))
    if problem := protocol_problem(protocol):
        notes.append(unreadable(home, place, codes.UNKNOWN_PROTOCOL, f"{problem}; tcp is used instead"))
        protocol = "tcp"
    external = [wish.external for wish in said]
    if len(set(external)) > 1:
        words = ("external" if one else "internal" for one in external)
        notes.append(_disagree(home, place, "location", words, "external" if _most(external) else "internal"))
    return Chosen(number, protocol, _most(external), tuple(notes))


def host_of(name: str, domain: str, home: Home, place: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return the host of a service, and a note where its name is none that a host can have."""
    host = f"{name}.{domain}".lower()
    if not fqdn_problem(host):
        return host, ()
    usable = f"{label(name)}.{domain}".lower()
    return usable, (unreadable(home, place, codes.UNUSABLE_HOST, f"`{name[:80]}` can be no host, so it is {usable}"),)


def _most(values: list[T]) -> T:
    """Return the value that is there most often; of several such, the smallest."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value))


def _disagree(home: Home, place: str, what: str, said: Iterable[str], taken: str) -> Diagnostic:
    different = ", ".join(f"`{one[:40]}`" for one in sorted(set(said))[:5])
    text = f"the instances of {place} disagree about its {what} ({different}); `{taken[:40]}` is used"
    return unreadable(home, place, codes.INSTANCES_DISAGREE, text)
