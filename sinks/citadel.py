"""The sink that keeps Citadel's issuing policy at the revision that the proxies run on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from citadel.accounts import Accounts
from citadel.identity import DEFAULT_TRUST_DOMAIN, IdentityError, trust_domain
from citadel.policy import DEFAULT_TTL, IssuingPolicy
from pipeline.derive import Graph
from pipeline.model.snapshot import Snapshot
from pipeline.stages.mesh_config import mesh_config
from sinks.changes import changes

_log = structlog.get_logger("citadel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """What the settings say of issuing: the default lifetime, and whether a workload must be in the configuration."""

    ttl: timedelta = DEFAULT_TTL
    known_only: bool = False


class CitadelSink:
    """Makes a policy of each revision: its trust domains, and its workloads' accounts where they are asked for."""

    name = "citadel"

    def __init__(self, graph: Graph, issuing: Issuing | None = None) -> None:
        self._graph = graph
        self._issuing = issuing or Issuing()
        self._accounts = Accounts()
        self._snapshot: Snapshot | None = None
        self._policy: IssuingPolicy | None = None

    @property
    def revision(self) -> int:
        """The revision that the policy is of; 0 before the first."""
        return self._snapshot.revision.number if self._snapshot is not None else 0

    def policy(self) -> IssuingPolicy | None:
        """The policy of the moment; None before the first snapshot."""
        return self._policy

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Makes the snapshot's policy."""
        del settled
        if self._snapshot is None:
            self._graph.observe(mesh_config, None)
        written = self._graph.derive(mesh_config, None)
        if self._issuing.known_only:
            self._accounts.apply(changes(snapshot, self._snapshot))
        self._snapshot = snapshot
        self._policy = IssuingPolicy(
            revision=snapshot.revision.number,
            trust_domain=self._domain(written.trust_domain or DEFAULT_TRUST_DOMAIN),
            aliases=_aliases(written.trust_domain_aliases),
            known=self._accounts.known if self._issuing.known_only else None,
            default_ttl=self._issuing.ttl,
        )

    def _domain(self, name: str) -> str:
        """The mesh's trust domain; where what is written is none, the last good one, or the default."""
        try:
            return trust_domain(name)
        except IdentityError as error:
            used = self._policy.trust_domain if self._policy is not None else DEFAULT_TRUST_DOMAIN
            _log.warning("citadel.trust_domain.refused", reason=str(error), used=used)
            return used


def _aliases(listed: Iterable[str]) -> frozenset[str]:
    """The other trust domains whose identities are as good; an entry that is none counts for nothing."""
    found: set[str] = set()
    for alias in listed:
        try:
            found.add(trust_domain(alias))
        except IdentityError as error:
            _log.warning("citadel.trust_domain_alias.refused", reason=str(error))
    return frozenset(found)
