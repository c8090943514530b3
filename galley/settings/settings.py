"""Every setting of the server, with its default and its limits. Frozen; an unknown key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from galley.settings.branch import Address, Branch, Several
from galley.settings.consul import ConsulSettings
from galley.settings.git import GitSettings
from galley.settings.kafka import KafkaSettings, KafkaTopics
from galley.settings.kubernetes import KubernetesSettings
from galley.settings.marathon import MarathonSettings
from galley.settings.nomad import NomadSettings
from galley.settings.notify import NotifySettings
from galley.settings.precedence import Precedences
from galley.settings.registry_access import Each
from galley.settings.validation import ValidationSettings
from galley.settings.webhook import WebhookSettings

Role = Literal["ingest", "pipeline", "xds", "mixer", "citadel", "webhook", "archive"]


class XdsSettings(Branch):
    """The xDS server. Addresses are HOST:PORT; empty means off; port 0 takes a free one."""

    address: Address = "127.0.0.1:15010"
    tls_address: Address = "127.0.0.1:15012"
    max_streams: int = Field(default=20_000, ge=1)
    write_timeout: float = Field(default=30.0, gt=0, description="seconds a client may leave a response unread")
    name: str = Field(
        default="",
        max_length=200,
        description="what this server is called among those of its mesh; by default the host's name and a number",
    )


class AdminSettings(Branch):
    """The administration: API, health, metrics."""

    address: Address = "127.0.0.1:15014"


class MixerSettings(Branch):
    """Mixer: the access log service."""

    address: Address = "127.0.0.1:9091"
    max_label_sets: int = Field(default=10_000, ge=1, description="time series a metric may have before it overflows")


class CitadelSettings(Branch):
    """Citadel: certificates by join token."""

    address: Address = "127.0.0.1:8060"
    ca: Path | None = Field(default=None, description="folder of the CA, which servers of a mesh share; else DATA/ca")
    tokens: Path | None = Field(default=None, description="folder of join tokens, likewise shared; else DATA/tokens")
    names: Several[str] = Field(default=(), description="further DNS names or IPs of the server's certificate")
    ttl: float = Field(default=86_400.0, ge=60, le=90 * 86_400, description="seconds a workload certificate lives")


class ServiceGraphSettings(Branch):
    """ServiceGraph's address; empty: off."""

    address: Address = ""


class SourcesSettings(Branch):
    """Where configuration comes from. `precedence` says who wins what several have: `galley.settings.precedence`."""

    files: Several[Path] = ()
    consul: Each[ConsulSettings] = ()
    nomad: Each[NomadSettings] = ()
    marathon: Each[MarathonSettings] = ()
    kafka: KafkaTopics = ()
    schemas: Several[Path] = Field(default=(), description="folders with JSON Schemas or CRDs of one's own kinds")
    precedence: Precedences = ()
    sync_timeout: float = Field(default=30.0, gt=0, description="seconds the first revision waits for a new source")


class GuardSettings(Branch):
    """The shrink guard: a revision that drops more than this share and more than this many objects waits for a yes.

    With `emptied`, so does one that drops more than this many objects and leaves nothing of what a source had.
    """

    share: float = Field(default=0.5, ge=0, le=1)
    count: int = Field(default=20, ge=0)
    emptied: bool = True


class HistorySettings(Branch):
    """How many revisions are kept for `log`, `diff` and `rollback`."""

    revisions: int = Field(default=1_000, ge=2)


class MeshSettings(Branch):
    """Files in Istio's form: a MeshConfig, a MeshNetworks document."""

    config: Path | None = None
    networks: Path | None = None
    ip_autoallocate: bool | None = Field(
        default=None,
        description="whether entries without addresses are given some; Istio's PILOT_ENABLE_IP_AUTOALLOCATE sets it",
    )
    tls_on_sidecar_ingress: bool = Field(
        default=False,
        description="whether TLS of a Sidecar's ingress counts; Istio's ENABLE_TLS_ON_SIDECAR_INGRESS sets it",
    )


class Settings(Branch):
    """The whole tree."""

    data: Path | None = Field(default=None, description="state directory; the default depends on the sources")
    engine: Literal["embedded", "kafka"] = "embedded"
    roles: Several[Role] = ("ingest", "pipeline", "xds", "mixer", "citadel", "webhook")
    allow_plaintext: bool = Field(default=False, description="let plain-text ports listen beyond loopback")
    log_format: Literal["auto", "console", "json"] = "auto"
    sources: SourcesSettings = SourcesSettings()
    git: GitSettings = GitSettings()
    kubernetes: KubernetesSettings = KubernetesSettings()
    mesh: MeshSettings = MeshSettings()
    validation: ValidationSettings = ValidationSettings()
    guard: GuardSettings = GuardSettings()
    history: HistorySettings = HistorySettings()
    xds: XdsSettings = XdsSettings()
    admin: AdminSettings = AdminSettings()
    mixer: MixerSettings = MixerSettings()
    citadel: CitadelSettings = CitadelSettings()
    webhook: WebhookSettings = WebhookSettings()
    notify: NotifySettings = NotifySettings()
    servicegraph: ServiceGraphSettings = ServiceGraphSettings()
    kafka: KafkaSettings = KafkaSettings()
