"""The demo's stage: a folder with the example mesh, on ports that are free."""

from __future__ import annotations

import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from pipeline.log.contract import LogUnusable
from pipeline.log.writer_lock import WriterLock

_EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "bookinfo"
_MARK = ".galley-demo"
_LOG = Path("data", "galley.db")
_WANTED = {"edge": 8080, "v1": 9081, "v2": 9082, "v3": 9083}
_SERVER = {
    "xds.address": 15010,
    "xds.tls_address": 15012,
    "admin.address": 15014,
    "mixer.address": 9091,
    "citadel.address": 8060,
    "webhook.address": 15017,
}


class NotOurs(Exception):
    """The folder is not ours to make anew: no demo made it, or one still runs in it; nothing was touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where everything of a demo is: its folder, the mesh to edit, and who listens where (all on loopback)."""

    root: Path
    ports: dict[str, int]
    server: dict[str, int]

    @property
    def mesh(self) -> Path:
        """The directory that the server follows."""
        return self.root / "mesh"

    @property
    def route(self) -> Path:
        """The file that people edit."""
        return self.mesh / "reviews.yaml"

    @property
    def url(self) -> str:
        """The URL of the edge."""
        return f"http://127.0.0.1:{self.ports['edge']}/"

    @property
    def admin(self) -> str:
        """The server's administration."""
        return f"http://127.0.0.1:{self.server['admin.address']}"


def set_scene(root: Path) -> Scene:
    """Make the folder anew, with the example's files on free ports: the usual ones where they are free."""
    if root.exists() and not (root / _MARK).exists():
        msg = f"{root} exists, and was not made by the demo"
        raise NotOurs(msg)
    if _is_running(root / _LOG):
        msg = f"a demo runs in {root}"
        raise NotOurs(msg)
    shutil.rmtree(root, ignore_errors=True)
    mesh = root / "mesh"
    mesh.mkdir(parents=True)
    (root / _MARK).touch()
    taken: set[int] = set()
    ports = {name: _free(wanted, taken) for name, wanted in _WANTED.items()}
    server = {name: _free(wanted, taken) for name, wanted in _SERVER.items()}
    moved = {_WANTED[name]: port for name, port in ports.items()}
    moved[_SERVER["mixer.address"]] = server["mixer.address"]
    for example in sorted(_EXAMPLE.glob("*.yaml")):
        text = re.sub(r"\b(\d{4,5})\b", lambda found: str(moved.get(int(found[1]), found[1])), example.read_text())
        (mesh / example.name).write_text(text)
    return Scene(root=root, ports=ports, server=server)


def _is_running(log: Path) -> bool:
    """Return whether the server of an earlier demo has its log, and so the folder."""
    if not log.exists():
        return False
    try:
        WriterLock(log).release()
    except LogUnusable:
        return True
    return False


def _free(wanted: int, taken: set[int]) -> int:
    """Return the wanted port if nobody listens there, else a free one; never one given before."""
    for candidate in (wanted, *([0] * 100)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
        if port not in taken:
            taken.add(port)
            return port
    msg = "no free port"
    raise OSError(msg)
