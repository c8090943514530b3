"""The engine that the settings ask for. The Kafka engine's libraries are loaded only where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.cannot_start import CannotStart
from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings

if TYPE_CHECKING:
    from pathlib import Path

    from galley.settings.settings import Settings
    from pipeline.engines.contract import Engine
    from pipeline.log.sqlite import SqliteLog
    from pipeline.stages.policy import Policy

_LIBRARIES = frozenset({"aiokafka", "faust", "kafka", "mode"})
_NEEDED = ("ingest", "pipeline")


def check_engine(settings: Settings) -> None:
    """Raise `CannotStart` where engine and roles, or engine and brokers, do not go together."""
    if settings.engine == "kafka":
        if not settings.kafka.bootstrap:
            raise CannotStart(
                "the Kafka engine needs kafka.bootstrap, the addresses of some brokers",
                "--set kafka.bootstrap=HOST:9092, or leave out --engine kafka",
            )
        return
    missing = [role for role in _NEEDED if role not in settings.roles]
    if missing:
        raise CannotStart(
            f"the embedded engine is all in one process, and --roles leaves out {' and '.join(missing)}",
            f"add {','.join(missing)} to --roles; roles in processes of their own need --engine kafka",
        )


def make_engine(settings: Settings, log: SqliteLog, policy: Policy, data: Path) -> Engine:
    """Return the engine, not yet open; raise `CannotStart` where its libraries are not installed."""
    keep, sync_timeout = settings.history.revisions, settings.sources.sync_timeout
    if settings.engine == "embedded":
        return EmbeddedEngine(log, policy, EmbeddedSettings(keep=keep, sync_timeout=sync_timeout))
    try:
        from pipeline.engines.kafka.engine import KafkaEngine
        from pipeline.engines.kafka.tuning import KafkaTuning
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise CannotStart(
            f"the Kafka engine's libraries are not installed ({error.name} is missing)",
            "pip install 'galley-mesh[kafka]'",
        ) from error
    return KafkaEngine(
        settings.kafka,
        policy,
        replica=log,
        folder=data,
        pipeline="pipeline" in settings.roles,
        tuning=KafkaTuning(keep=keep, sync_timeout=sync_timeout),
    )
