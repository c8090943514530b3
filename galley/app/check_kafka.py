"""Kafka as `galley doctor` sees it: whether brokers let us in, and whether the mesh's topics are as they must be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from galley.app.checked import Checked
from galley.kafka.faults import KafkaFault
from galley.kafka.wanted import engine_topics, published_topics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.kafka.wanted import WantedTopic
    from galley.settings.settings import Settings

_LIBRARIES = frozenset({"aiokafka", "kafka"})
_HOW = "kafka.bootstrap says where brokers are, kafka.tls and kafka.sasl how they are asked"


def kafka_checks(settings: Settings) -> Iterator[Checked]:
    """Look at the brokers that the settings name, if any, and at the topics that a server with them has."""
    if not settings.kafka.bootstrap:
        return
    try:
        yield from _reached(settings)
        yield from _topics(settings, _wanted(settings))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        remedy = "pip install 'galley-mesh[kafka]'"
        yield Checked(what="Kafka", good=False, seen=f"{error.name} is not installed", remedy=remedy)
    except KafkaFault as error:
        yield Checked(what="Kafka", good=False, seen=str(error), remedy=_HOW)


def _reached(settings: Settings) -> Iterator[Checked]:
    """Ask every broker; where none answers, the fault says why."""
    from galley.kafka.reach import reach

    reasons = asyncio.run(reach(settings.kafka))
    answering = [broker for broker in settings.kafka.bootstrap if broker not in reasons]
    seen = f"{', '.join(answering)} let us in" if len(answering) > 1 else f"{answering[0]} lets us in"
    yield Checked(what="Kafka", good=True, seen=seen)
    for broker, reason in reasons.items():
        yield Checked(what=f"Kafka at {broker}", good=False, seen=reason, remedy=_HOW)


def _wanted(settings: Settings) -> tuple[WantedTopic, ...]:
    """Return the topics that a server with these settings has; a source's own are whose they are."""
    if settings.engine == "kafka":
        return engine_topics(settings.kafka.prefix)
    return published_topics(settings.kafka.prefix) if settings.kafka.publish else ()


def _topics(settings: Settings, wanted: tuple[WantedTopic, ...]) -> Iterator[Checked]:
    from galley.kafka.ensure import check_topics

    if not wanted:
        return
    missing, misfits = check_topics(settings.kafka, wanted)
    for misfit in misfits:
        yield Checked(what="Kafka topics", good=False, seen=str(misfit), remedy=misfit.remedy)
    if not misfits:
        there = len(wanted) - len(missing)
        seen = f"{there} of {len(wanted)} at {settings.kafka.prefix}* are there, as they must be"
        if missing:
            seen += f"; a server makes {', '.join(missing)}"
        yield Checked(what="Kafka topics", good=True, seen=seen)
