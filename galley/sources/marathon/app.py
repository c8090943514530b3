"""What Marathon answers about an app (`embed=app.tasks`), as an account of it. Pure.

Source: Marathon's REST API (1.4 to 1.11): apps, tasks, networking modes, health checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from galley.sources.platform.account import Account, reads_of, unreadable
from galley.sources.platform.answer import (
    MOST_INSTANCES,
    Part,
    address_problem,
    is_yes,
    labels_of,
    number_of,
    parsed,
)
from galley.sources.platform.choice import host_of
from galley.sources.platform.lost import Unusable
from galley.sources.platform.names import label
from galley.sources.platform.service import Instance, Port, Service
from pipeline.model import codes_registry as codes
from schemas.rules.ports import protocol_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from galley.settings.marathon import MarathonSettings
    from galley.sources.platform.objects import Home
    from pipeline.model.diagnostic import Diagnostic

_RUNNING: Final = "TASK_RUNNING"


class _PortDefinition(Part):
    port: int = 0
    name: str | None = None
    labels: dict[str, str] | None = None


class _PortMapping(Part):
    container_port: int = Field(default=0, alias="containerPort")
    service_port: int = Field(default=0, alias="servicePort")
    name: str | None = None
    labels: dict[str, str] | None = None


class _Container(Part):
    mappings: list[_PortMapping] | None = Field(default=None, alias="portMappings")


class _Network(Part):
    mode: str = "host"


class _IpAddress(Part):
    address: str = Field(default="", alias="ipAddress")


class _HealthResult(Part):
    alive: bool = False


class _Task(Part):
    task: str = Field(alias="id")
    host: str = ""
    state: str = _RUNNING
    ports: list[int] | None = None
    addresses: list[_IpAddress] | None = Field(default=None, alias="ipAddresses")
    health: list[_HealthResult] | None = Field(default=None, alias="healthCheckResults")
    region: str | None = None
    zone: str | None = None


class App(Part):
    """An app with its tasks, which are kept as they came, for one bad one to spoil no other."""

    app: str = Field(alias="id")
    labels: dict[str, str] | None = None
    definitions: list[_PortDefinition] | None = Field(default=None, alias="portDefinitions")
    container: _Container | None = None
    networks: list[_Network] | None = None
    checks: list[object] | None = Field(default=None, alias="healthChecks")
    tasks: list[object] | None = None

    @property
    def place(self) -> str:
        """What the app is called in origins: its path without the first slash, `shop/reviews`."""
        return self.app.strip("/")

    @property
    def by_container(self) -> bool:
        """Whether tasks have addresses of their own, which take the containers' ports."""
        return any(network.mode == "container" for network in self.networks or ())


class _Declared(Part):
    """A port as an app declares it: what clients use, what containers listen on."""

    service: int
    container: int
    name: str
    protocol: str


def account_of(app: App, settings: MarathonSettings, home: Home) -> Account:
    """Return the account of an app, which has no objects where it declares no ports."""
    declared, notes = _declared(app, settings, home)
    if not declared:
        return Account()
    faults: list[Diagnostic] = []
    held: set[str] | None = set()
    instances: list[Instance] = []
    for raw in (app.tasks or ())[:MOST_INSTANCES]:
        try:
            task = parsed(_Task, raw)
        except Unusable as error:
            faults.append(_fault(home, app, f"a task of {app.app} is not as in Marathon's API: {error}"))
            held = None
            continue
        instance = _instance(app, task, declared)
        numbers = instance.ports or (0,)
        problem = next((text for number in numbers if (text := address_problem(instance.address, number))), "")
        if problem:
            faults.append(_fault(home, app, f"the task {task.task[:120]} cannot be used: {problem}"))
            if held is not None:
                held.add(task.task)
        elif _takes_requests(app, task):
            instances.append(instance)
    host, more = host_of_app(app, settings, home)
    service = Service(
        qualified=app.place,
        host=host,
        ports=tuple(Port(port.service, port.name, port.protocol.upper()) for port in declared),
        external=is_yes((app.labels or {}).get("external", "")),
        instances=tuple(sorted(instances, key=lambda one: one.identity)),
    )
    keys = None if held is None else frozenset(home.instance_key(app.place, identity) for identity in held)
    return Account(
        objects=reads_of(service, home, (*notes, *more)),
        faults=tuple(sorted(faults, key=lambda fault: fault.message)[:20]),
        held=keys,
    )


def host_of_app(app: App, settings: MarathonSettings, home: Home) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return the host of an app, `/shop/reviews` being `reviews.shop.marathon`, and a note where that is no host."""
    path = ".".join(reversed(app.place.split("/")))
    return host_of(path, settings.domain, home, app.place)


def _fault(home: Home, app: App, text: str) -> Diagnostic:
    return unreadable(home, app.place, codes.UNUSABLE_INSTANCE, text)


def _declared(app: App, settings: MarathonSettings, home: Home) -> tuple[list[_Declared], tuple[Diagnostic, ...]]:
    """Return the ports that an app declares, each number and name once, and notes on them."""
    labels, notes = app.labels or {}, []
    mappings = app.container.mappings if app.container is not None else None
    asked = number_of(labels.get("port", ""))
    found: list[_Declared] = []
    ports: Sequence[_PortMapping | _PortDefinition] = mappings or app.definitions or ()
    for at, one in enumerate(ports):
        said = {**labels, **(one.labels or {})}
        protocol = said.get("protocol", "").lower() or "tcp"
        if problem := protocol_problem(protocol):
            notes.append(unreadable(home, app.place, codes.UNKNOWN_PROTOCOL, f"{problem}; tcp is used instead"))
            protocol = "tcp"
        wished = one.service_port if isinstance(one, _PortMapping) else one.port
        taken = {port.service for port in found}
        number = (asked if not at else 0) or number_of(str(wished)) or settings.default_port
        while number in taken:
            number = number % 65_535 + 1
        container = one.container_port if isinstance(one, _PortMapping) else 0
        name = label(one.name) if one.name else protocol
        if name in {port.name for port in found}:
            name = label(f"{name}-{number}")
        found.append(_Declared(service=number, container=container, name=name, protocol=protocol))
    return found, tuple(notes)


def _instance(app: App, task: _Task, declared: list[_Declared]) -> Instance:
    own = next((one.address for one in task.addresses or () if one.address), "")
    host_ports = task.ports or []
    if app.by_container and own:
        address, ports = own, tuple(port.container or port.service for port in declared)
    else:
        address, ports = task.host, tuple(host_ports[: len(declared)])
    return Instance(
        identity=task.task,
        address=address,
        ports=ports,
        labels=labels_of((app.labels or {}).items()),
        locality="/".join(part for part in (task.region, task.zone) if part),
    )


def _takes_requests(app: App, task: _Task) -> bool:
    """Whether a task runs and, where the app has checks, at least one was made and all say that it is alive."""
    if task.state != _RUNNING:
        return False
    if not app.checks:
        return True
    return bool(task.health) and all(result.alive for result in task.health or ())
