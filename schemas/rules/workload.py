"""Rules of workloads outside Kubernetes. Pure. Source: Istio's `validateWorkloadEntry`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemas.fault import Fault, invalid, warned
from schemas.path import join
from schemas.rules.addresses import UNIX, is_ip, unix_problem
from schemas.rules.labels import check_labels
from schemas.rules.names import dns_label_problem, fqdn_problem
from schemas.rules.ports import port_problem
from schemas.suggest import did_you_mean
from schemas.types.workload import WorkloadEntry


def check_workload(
    entry: WorkloadEntry, path: str, *, service_ports: Collection[str] | None, names: bool
) -> Iterator[Fault]:
    """An address (with `names` also a host name), ports that the service has, labels.

    `service_ports` are the names of the service's ports, `None` where the service is not known.
    """
    if not entry.address and not entry.network:
        yield invalid(f"{path}.address", "the address is missing; only an entry with a network may leave it out")
    elif not entry.address:
        yield warned(f"{path}.address", f"the address is missing: traffic goes to a gateway of `{entry.network[:80]}`")
    elif entry.address.startswith(UNIX):
        yield from _check_unix(entry, path, service_ports)
    elif not is_ip(entry.address):
        if not names:
            yield invalid(
                f"{path}.address", f"`{entry.address[:80]}` is not an IP address", "use `resolution: DNS` for names"
            )
        elif fqdn_problem(entry.address):
            yield invalid(f"{path}.address", f"`{entry.address[:80]}` is neither a host name nor an IP address")
    yield from check_workload_ports(entry, path, service_ports)
    yield from check_labels(entry.labels, f"{path}.labels")


def _check_unix(entry: WorkloadEntry, path: str, service_ports: Collection[str] | None) -> Iterator[Fault]:
    if problem := unix_problem(entry.address.removeprefix(UNIX)):
        yield invalid(f"{path}.address", problem)
    if entry.ports:
        yield invalid(f"{path}.ports", "a Unix socket has no ports: remove them")
    if service_ports is not None and len(service_ports) != 1:
        yield invalid(path, f"a Unix socket serves exactly one port, the service has {len(service_ports)}")


def check_workload_ports(entry: WorkloadEntry, path: str, service_ports: Collection[str] | None) -> Iterator[Fault]:
    """Each port has a name that the service has too, and a number."""
    for name, number in entry.ports.items():
        where = join(f"{path}.ports", name)
        if service_ports is not None and name not in service_ports:
            yield invalid(where, f"the service has no port `{name[:80]}`", did_you_mean(name, service_ports))
        elif problem := dns_label_problem(name, "port name"):
            yield invalid(where, problem)
        if problem := port_problem(number):
            yield invalid(where, problem)
