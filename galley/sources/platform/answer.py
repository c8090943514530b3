"""Reading what a registry answers about instances: the good ones, and what is wrong with the others. Pure."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from galley.sources.platform.account import unreadable
from galley.sources.platform.lost import Unusable
from galley.sources.platform.names import usable_label
from pipeline.model import codes_registry as codes
from schemas.rules.addresses import is_ip
from schemas.rules.names import fqdn_problem
from schemas.rules.ports import port_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.platform.objects import Home
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key

MOST_INSTANCES: Final = 20_000
"""Instances of one service."""

MOST_SERVICES: Final = 20_000
"""Services of one registry."""

_LONGEST_PORT: Final = 5


class Part(BaseModel):
    """A part of an answer: of the types that the registry's API says, with whatever else beside."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Listed(Part):
    """An instance in an answer."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What is unique among the instances of a service."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What people know it by."""

    @property
    @abstractmethod
    def problem(self) -> str:
        """Why it cannot be used; empty where it can."""


E = TypeVar("E", bound=Listed)
P = TypeVar("P", bound=Part)


class Entries(NamedTuple, Generic[E]):
    """The instances of a service: the good, and what is wrong with the others, whom that holds (None: anybody)."""

    good: list[E]
    faults: tuple[Diagnostic, ...]
    held: frozenset[Key] | None


def parsed(model: type[P], raw: object) -> P:
    """Return a part of an answer; raise Unusable, with the field, where it has not the shape of the API."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unusable(f"{where}: {first['msg']}" if where else first["msg"]) from None


def entries_of(model: type[E], data: object, home: Home, place: str) -> Entries[E]:
    """Return the instances of a service in an answer, which must be a list; raise Unusable where it is none."""
    if not isinstance(data, list) or len(data) > MOST_INSTANCES:
        raise Unusable("the answer is no list of instances, or one that is too long")
    good: list[E] = []
    faults: dict[str, Diagnostic] = {}
    held: set[Key] | None = set()
    for raw in data:
        try:
            entry = parsed(model, raw)
        except Unusable as error:
            text = f"an instance of {place} is not as in the registry's API: {error}"
            held = None
        else:
            if not entry.problem:
                good.append(entry)
                continue
            text = f"the instance {entry.title[:120]} of {place} cannot be used: {entry.problem}"
            if held is not None:
                held.add(home.instance_key(place, entry.identity))
        faults[text] = unreadable(home, place, codes.UNUSABLE_INSTANCE, text)
    good.sort(key=lambda entry: entry.identity)
    ordered = tuple(faults[text] for text in sorted(faults)[:20])
    return Entries(good, ordered, None if held is None else frozenset(held))


def address_problem(address: str, port: int) -> str:
    """Return why nobody can be reached there; a port of 0 is none, which may be."""
    if not is_ip(address) and fqdn_problem(address):
        return f"its address `{address[:80]}` is neither an IP address nor a host name"
    return port_problem(port) if port else ""


def number_of(text: str) -> int:
    """Return the port that a text says, 0 where it says none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PORT else 0
    return 0 if port_problem(number) else number


def is_yes(text: str) -> bool:
    """Whether a mark is set: to anything but nothing, `false`, `no` and `0`."""
    return text.lower() not in {"", "false", "no", "0"}


def labels_of(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return those pairs that can be labels, sorted; of two with one key, the last."""
    return tuple(sorted({key: value for key, value in pairs if usable_label(key, value)}.items()))


def pairs_of(tags: Iterable[str], between: str) -> list[tuple[str, str]]:
    """Return the tags that are a key and a value."""
    split = (tag.partition(between) for tag in tags if between in tag)
    return [(key, value) for key, _, value in split]
