"""`marathon`: a small server that speaks Marathon's API, for there is no Marathon to be had.

It has apps with tasks, `/v2/apps` with and without an id, and `/v2/events` as server-sent events; that is all. Its
shapes are those of Marathon's REST API. It is a program of its own (this file), so that its threads and descriptors are
not taken for those of a source; a test changes it at `/control`.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEARTBEAT = 0.5


class MarathonServer:
    """The test's end of it."""

    def __init__(self, url: str) -> None:
        """Take where it is."""
        self.url = url

    def put(self, app: dict[str, Any]) -> None:
        """Make or change an app."""
        self._control(apps={app["id"]: app})

    def remove(self, identity: str) -> None:
        """Destroy an app."""
        self._control(apps={identity: None})

    def tell(self, kind: str, **about: object) -> None:
        """Tell everybody who listens of an event."""
        self._control(event={"eventType": kind, **about})

    def end_streams(self) -> None:
        """End every stream, as a Marathon that loses its leadership does."""
        self._control(event=None)

    def become(self, **state: object) -> None:
        """Be `away`, want a `token`, have `events` or not."""
        self._control(state=state)

    def asked(self) -> list[str]:
        """Return the paths that were asked for since the last time."""
        found: list[str] = self._control()
        return found

    def _control(self, **order: object) -> Any:  # noqa: ANN401  JSON
        import httpx  # noqa: PLC0415  the program itself runs without any packages

        return httpx.post(f"{self.url}/control", json=order, trust_env=False, timeout=10).json()


@contextmanager
def marathon() -> Iterator[MarathonServer]:
    """A server without apps; it ends with us, whatever our end is."""
    with subprocess.Popen(
        [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        yield MarathonServer(f"http://127.0.0.1:{program.stdout.readline().strip()}")


class _State:
    """Apps by id, how the server is, and those who listen to events."""

    def __init__(self) -> None:
        self.apps: dict[str, Any] = {}
        self.is_now: dict[str, Any] = {"away": False, "token": "", "events": True}
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self.listeners: set[queue.Queue[dict[str, Any] | None]] = set()

    def control(self, order: dict[str, Any]) -> list[str]:
        with self.lock:
            for identity, app in order.get("apps", {}).items():
                self.apps[identity] = app
                if app is None:
                    del self.apps[identity]
            self.is_now |= order.get("state", {})
            if "event" in order:
                for listener in self.listeners:
                    listener.put(order["event"])
            asked, self.asked = self.asked, []
            return asked

    def answer(self, path: str) -> Any:  # noqa: ANN401  JSON
        with self.lock:
            self.asked.append(path)
            if path == "/v2/apps":
                return {"apps": list(self.apps.values())}
            app = self.apps.get("/" + path.removeprefix("/v2/apps/"))
            return None if app is None else {"app": app}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = _State()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        now = self.state.is_now
        if now["away"]:
            self.close_connection = True
        elif now["token"] and self.headers.get("Authorization") != f"token={now['token']}":
            self._send(401, {"message": "Invalid credentials"})
        elif path == "/v2/events" and now["events"]:
            self._stream()
        else:
            found = self.state.answer(path)
            self._send(404 if found is None else 200, found or {"message": f"App '{path}' does not exist"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._send(200, self.state.control(json.loads(body)))

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        self.close_connection = True
        listener: queue.Queue[dict[str, Any] | None] = queue.Queue()
        with self.state.lock:
            self.state.listeners.add(listener)
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream;charset=utf-8")
            self.send_header("Connection", "close")
            self.end_headers()
            self._tell({"eventType": "event_stream_attached", "remoteAddress": "127.0.0.1"})
            while True:
                try:
                    event = listener.get(timeout=_HEARTBEAT)
                except queue.Empty:
                    self.wfile.write(b"\r\n")
                    continue
                if event is None:
                    return
                self._tell(event)
        except ConnectionError:
            return
        finally:
            with self.state.lock:
                self.state.listeners.discard(listener)

    def _tell(self, event: dict[str, Any]) -> None:
        self.wfile.write(f"event: {event['eventType']}\r\ndata: {json.dumps(event)}\r\n\r\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the overridden method's name
        """Say nothing."""


def _main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _main()
