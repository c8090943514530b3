"""The shapes of the API's answers, as JSON has them; `-o json` of the command line prints the same."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Place(BaseModel):
    """Where something was written."""

    source: str
    file: str = ""
    line: int = 1
    column: int = 1
    commit: str = ""
    author: str = ""


class Name(BaseModel):
    """An object's name."""

    kind: str
    namespace: str
    name: str


class RelatedAnswer(BaseModel):
    """Another object that a finding is about."""

    resource: Name | None = None
    origin: Place
    note: str = ""


class Finding(BaseModel):
    """A diagnostic."""

    code: str
    severity: str
    message: str
    path: str = ""
    resource: Name | None = None
    origin: Place
    hint: str = ""
    related: list[RelatedAnswer] = []


class Findings(BaseModel):
    """What `galley validate -o json` prints."""

    diagnostics: list[Finding]
    documents: int
    errors: int
    warnings: int


class JudgeRequest(BaseModel):
    """Files, by path (null: gone), as they would be after a push to what a source follows (empty: to no source)."""

    source: str = ""
    files: dict[str, str | None]


class JudgeAnswer(Findings):
    """What the files would do to the mesh as it stands; `refused` where it is not to be accepted."""

    refused: bool
    remark: str = ""


class Live(BaseModel):
    """On how many of the connected proxies a revision is live."""

    applied: int
    of: int
    refused: int


class RevisionAnswer(BaseModel):
    """One line of `galley log`."""

    revision: int
    digest: str
    parent: int
    time: str
    source: str
    commit: str = ""
    author: str = ""
    reason: str = ""
    trace: str = ""
    changed: list[str]
    live: Live | None = None


class HeldAnswer(BaseModel):
    """An object that is not served as written, and what is served instead."""

    resource: str
    source: str = ""
    file: str
    line: int
    code: str
    message: str
    hint: str = ""
    serving: str


class RefusalAnswer(BaseModel):
    """A resource that a proxy refused, in the proxy's words, and the lines it was made of."""

    node: str
    type: str
    name: str
    reason: str
    objects: list[str] = []


class ProxyAnswer(BaseModel):
    """A proxy: how it is connected and how far it has come."""

    node: str
    connected: bool
    state: str
    revision: int
    mode: str = ""
    since: str = ""
    pending: int = 0
    refused: list[RefusalAnswer] = []
    server: str = Field(default="", description="the server that it is connected to, where a mesh has several")


class XdsServerAnswer(BaseModel):
    """Another xDS server of the mesh: its revision and its proxies as it last told them, `silent` seconds ago.

    One that is `gone` (silent for half a minute) is not counted.
    """

    name: str
    revision: int
    proxies: int
    silent: float
    gone: bool


class SourceAnswer(BaseModel):
    """A source: what it has, and how it is.

    `state` is `waiting` (for its first word), `synced` (with errors where a part of it is in trouble), `stale` (it
    cannot be seen; its last words are served), `retrying` or `failed` (it could never be seen). `age` and `retry_in`
    are seconds; `failures` counts since the start.
    """

    name: str
    kind: str
    location: str
    detail: str = ""
    state: Literal["waiting", "synced", "stale", "retrying", "failed"] = "waiting"
    objects: int
    held: int = 0
    faults: int = 0
    synced: bool
    last_sync: str
    age: float
    retry_in: float | None = None
    errors: list[str]
    failures: int = 0


class ConsumerAnswer(BaseModel):
    """How far Citadel or Mixer has come."""

    revision: int


class PinAnswer(BaseModel):
    """An object that a rollback holds."""

    resource: str
    revision: int
    serving: str


class HoldAnswer(BaseModel):
    """The revision that the shrink guard keeps back; `emptied` is a source of which nothing would be left, if any."""

    revision: int
    removed: int
    of: int
    emptied: str = ""


class WebhookAnswer(BaseModel):
    """A cluster's ValidatingWebhookConfiguration: its failurePolicy as it was last seen, and since when we know it so.

    `trouble` is why it is not as it should be; empty where all is well, or where it is absent.
    """

    cluster: str
    configuration: str
    policy: Literal["unknown", "absent", "Ignore", "Fail"]
    since: str = ""
    trouble: str = ""


class TargetAnswer(BaseModel):
    """One that is told of commits; `host` has nothing secret of its address.

    `told` and `failed` count reports since the start, `waiting` those under way. `failing`: the last attempt failed;
    `reason` and `failed_at` are of the last failure, which may be over.
    """

    kind: str
    host: str
    told: int
    failed: int
    waiting: int
    failing: bool
    reason: str = ""
    failed_at: str = ""


class GitHookAnswer(BaseModel):
    """Whether `/hooks/git` has a secret, without which it hears nobody; `trouble` is why the one it has is no use."""

    secret: bool
    trouble: str = ""


class Status(BaseModel):
    """What `galley status -o json` prints."""

    revision: int
    digest: str
    time: str = ""
    live: Live
    held: list[HeldAnswer]
    guard: HoldAnswer | None = None
    pins: list[PinAnswer] = []
    diagnostics: list[Finding] = []
    sources: list[SourceAnswer]
    proxies: list[ProxyAnswer]
    disconnected: list[str] = []
    citadel: ConsumerAnswer | None = None
    mixer: ConsumerAnswer | None = None
    accepting: bool = True
    trouble: str = Field(default="", description="why nothing new is accepted")
    servers: list[XdsServerAnswer] = Field(default=[], description="the mesh's other xDS servers")
    unknown: str = Field(default="", description="why the other servers' proxies are not counted")
    webhook: list[WebhookAnswer] = []
    notify: list[TargetAnswer] = []
    git_hook: GitHookAnswer | None = None


class ServerAnswer(BaseModel):
    """Who answers: version, process, state directory, addresses."""

    version: str
    pid: int
    data: str
    addresses: dict[str, str]


class Difference(BaseModel):
    """What changes of one object between two revisions."""

    resource: str
    change: str
    before: str = ""
    after: str = ""
    origin: Place | None = None


class Waited(BaseModel):
    """The answer to `galley wait`; `final` where waiting longer is of no use: done, refused, or held back."""

    revision: int
    live: Live
    done: bool
    final: bool = False
    refused: list[RefusalAnswer] = []
    message: str = ""


class Problem(BaseModel):
    """Why a request was not carried out."""

    error: str
    hint: str = ""


class TokenRequest(BaseModel):
    """What a join token is asked for; an empty identity: the default service account of namespace `default`."""

    model_config = ConfigDict(extra="forbid")

    identity: str = ""
    ttl: float = Field(default=3600, ge=0, le=1e9)


class TokenAnswer(BaseModel):
    """A join token. It is shown once."""

    token: str
    identity: str
    expires: str


class RollbackRequest(BaseModel):
    """Whether to release the pins of a rollback, instead of making one."""

    model_config = ConfigDict(extra="forbid")

    release: bool = False


class Changed(BaseModel):
    """The revision that a change led to."""

    revision: int
    message: str = ""


class SentAnswer(BaseModel):
    """One Envoy resource that a proxy has or refused; `body` is proto3 JSON, where it was asked for."""

    node: str
    type: str
    name: str
    version: str
    state: str
    reason: str = ""
    body: dict[str, object] | None = None


class ExplainAnswer(BaseModel):
    """The objects, and their lines, that an Envoy resource was made of."""

    node: str
    type: str
    name: str
    objects: list[RelatedAnswer]
