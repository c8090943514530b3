"""What single watches make of a source: a part of a cluster that is not to be had is not all of it."""

from __future__ import annotations

from galley.sources.contract import SourceStatus
from galley.sources.kubernetes.health import Health


def made() -> tuple[SourceStatus, Health]:
    """Return a status, and what keeps it."""
    status = SourceStatus(name="kubernetes", kind="kubernetes", location="")
    return status, Health(status)


def test_a_kind_that_is_not_to_be_had_is_no_lost_cluster() -> None:
    """It is told and counted; nobody waits for the cluster while another kind is followed."""
    status, health = made()
    health.well("/pods")
    health.failing("/secrets", "forbidden", 5.0)
    assert (status.errors, status.lost, status.retry_at, status.failures) == (["forbidden"], False, 0.0, 1)


def test_a_cluster_is_lost_when_no_kind_is_followed() -> None:
    """Its trouble is shown once, and when the first watch tries again; one that works ends it."""
    status, health = made()
    health.well("/pods")
    health.failing("/secrets", "out of reach", 5.0)
    health.failing("/pods", "out of reach", 5.0)
    assert (status.errors, status.lost) == (["out of reach"], True)
    assert status.retry_at > 0
    health.well("/pods")
    assert (status.errors, status.lost, status.retry_at) == (["out of reach"], False, 0.0)
    health.gone("/secrets")
    assert status.errors == []


def test_what_ended_the_run_before_is_over_once_a_watch_is_well() -> None:
    """Whoever ran the source noted why it had failed."""
    status, health = made()
    status.failing("it failed with KeyError", retry_at=5.0)
    health.well("/pods")
    assert (status.errors, status.lost, status.retry_at) == ([], False, 0.0)
