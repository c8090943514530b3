"""A stand-in for a container runtime: a root of its own, process 1, a user without rights. Linux, no root needed.

Theory of operation. `unshare` gives namespaces for users, mounts, processes and, if wanted, the network. Within them
the system's folders and what the caller names are bound into a root folder, each read-only unless it says otherwise,
and that folder becomes the root. A second user namespace then has one user, who has no capabilities; the program takes
the place of the shell, and so is process 1. It stands in for a runtime where there is none: it shows what the program
does there, not that a runtime makes an image of the Dockerfile.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SYSTEM: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr")
PATH: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_LOOPBACK_UP: Final = (
    "import fcntl, socket, struct; s = socket.socket(); "
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x1))"  # SIOCSIFFLAGS, IFF_UP
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A folder or file of this machine, and where it is inside."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What runs where: a folder to become the root, what is bound into it, the user, the environment.

    `user` is the number of the user and group; 0 keeps the rights of a root of the namespace, which builds need. With
    `networked` the machine's own network is there, otherwise an empty one with a loopback of its own.
    """

    root: Path
    binds: tuple[Bind, ...] = ()
    folders: tuple[str, ...] = ("/tmp",)  # in memory, and writable
    user: int = 0
    networked: bool = False
    directory: str = "/"
    hostname: str = "container"

    def command(self, *program: str) -> list[str]:
        """The command that runs a program as process 1."""
        apart = [] if self.networked else ["--net"]
        first = [] if self.networked else [shlex.join([sys.executable, "-c", _LOOPBACK_UP])]
        return ["unshare", "--user", "--map-root-user", *apart, *self.further(*program, first=first)]

    def further(self, *program: str, first: Sequence[str] = ()) -> list[str]:
        """What `command` runs once there are namespaces of users and of the network: to be put after an `unshare`."""
        script = "\n".join(("set -eu", f"given=$PATH PATH={PATH}", *first, *self._steps(program)))
        return ["--uts", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--", "sh", "-c", script]

    def _steps(self, program: Sequence[str]) -> Iterator[str]:
        root = shlex.quote(str(self.root))
        yield f"echo {shlex.quote(self.hostname)} >/proc/sys/kernel/hostname"
        yield f"mount --bind {root} {root}"
        yield f"mkdir -p {root}/proc {root}/dev"
        yield f"mount -t proc proc {root}/proc"
        for name in _SYSTEM:
            path = Path("/") / name
            if path.is_symlink():
                yield f"ln -sfn {shlex.quote(str(path.readlink()))} {root}/{name}"
            elif path.is_dir():
                yield from self._bind(Bind(source=path, target=f"/{name}"))
        for name in _DEVICES:
            yield from self._bind(Bind(source=Path("/dev") / name, target=f"/dev/{name}", writable=True))
        for bind in self.binds:
            yield from self._bind(bind)
        for folder in ("/dev/shm", *self.folders):  # runtimes always give shared memory
            yield f"mkdir -p {root}{folder}\nmount -t tmpfs -o mode=1777 tmpfs {root}{folder}"
        if self.user:
            yield f"mount -o remount,bind,ro {root}"
        yield f"cd {root}\npivot_root . .\numount -l .\ncd {shlex.quote(self.directory)}"
        lower = f"unshare --user --map-user={self.user} --map-group={self.user} --" if self.user else ""
        yield f'exec {lower} env PATH="$given" {shlex.join(program)}'

    def _bind(self, bind: Bind) -> Iterator[str]:
        source, target = shlex.quote(str(bind.source)), shlex.quote(f"{self.root}{bind.target}")
        if bind.source.is_dir():
            yield f"mkdir -p {target}\nmount --bind {source} {target}"
        else:
            yield f"mkdir -p $(dirname {target})\ntouch {target}\nmount --bind {source} {target}"
        if not bind.writable:
            yield f"mount -o remount,bind,ro {target}"


def python_of_this_machine() -> Bind:
    """The interpreter that the tests run with, at its own place."""
    return Bind(source=Path(sys.base_prefix), target=sys.base_prefix)


def search_path() -> str:
    """A PATH that finds that interpreter first."""
    return f"{sys.base_prefix}/bin:{PATH}"
