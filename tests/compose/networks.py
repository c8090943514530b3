"""`Networks`: the networks of a compose file, as bridges in a namespace of their own; nothing else can reach them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.compose.container import PATH, Container
from tests.compose.started import Started

_SUBNET: Final = "10.77.{}.{}"


class Networks:
    """Bridges, one for each name, in the order of the names. Containers of them share one namespace of users."""

    def __init__(self, names: Sequence[str], log: Path) -> None:
        """Make them."""
        self._numbers = {name: number for number, name in enumerate(names, 1)}
        script = "\n".join(("set -eu", "ip link set lo up", *self._bridges(), "exec sleep infinity"))
        command = ["unshare", "--user", "--map-root-user", "--net", "--fork", "--kill-child=SIGKILL", "--"]
        self.host = Started([*command, "sh", "-c", script], log, {"PATH": PATH})
        while self.host.program != "sleep":
            assert self.host.alive, self.host.said()

    def address(self, network: str, number: int) -> str:
        """The address of a container, by its number from 2, on a network."""
        return _SUBNET.format(self._numbers[network], number)

    def command(self, container: Container, networks: Mapping[str, int], program: Sequence[str]) -> list[str]:
        """The command that runs a program as process 1 of a container on these networks, with a number on each."""
        enter = ["nsenter", f"--target={self.host.first}", "--user", "--net", "--preserve-credentials", "--"]
        further = shlex.join(["unshare", *container.further(*program)])
        attach = [step for name, number in networks.items() for step in self._attach(name, number)]
        script = "\n".join(
            ("set -eu", f"given=$PATH PATH={PATH}", *attach, f'PATH="$given" exec /usr/bin/env {further}')
        )
        return [*enter, "unshare", "--net", "--", "sh", "-c", script]

    def _bridges(self) -> Iterator[str]:
        for number in self._numbers.values():
            yield f"ip link add bridge{number} type bridge"
            yield f"ip address add {_SUBNET.format(number, 1)}/24 dev bridge{number}"
            yield f"ip link set bridge{number} up"

    def _attach(self, network: str, number: int) -> Iterator[str]:
        bridge = self._numbers[network]
        outside, inside = f"veth{bridge}.{number}", f"eth{bridge}"
        host = f"nsenter --net=/proc/{self.host.first}/ns/net"
        # What an earlier container of this number had goes with its namespace, in the kernel's own time.
        yield f"{host} ip link delete {outside} 2>/dev/null || true"
        yield f"{host} ip link add {outside} type veth peer name {inside} netns $$"
        yield f"{host} ip link set {outside} master bridge{bridge} up"
        yield f"ip address add {_SUBNET.format(bridge, number)}/24 dev {inside}"
        yield f"ip link set {inside} up"
        yield "ip link set lo up"
