"""A small HTTP server before `git http-backend`, run as a program (`http_program.py DIRECTORY [PEM]`); prints its port.

The file `mode` in the directory says, request by request, how it behaves; `requests` lists what it was asked.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    """Hands requests to git, or misbehaves."""

    def do_GET(self) -> None:
        """Answer."""
        mode, _, rest = (ROOT / "mode").read_text().partition(" ")
        with (ROOT / "requests").open("a") as log:
            log.write(f"{self.path} {self.headers.get('Authorization', '-')}\n")
        match mode:
            case "down":
                self.send_error(503)
            case "redirect":
                self.send_response(302)
                self.send_header("Location", rest + self.path)
                self.end_headers()
            case "hang":
                time.sleep(3600)
            case "endless":
                self._endless()
            case "garbage":
                self._say(b"\x00\xff" * 5_000)
            case "dumb":
                self._say(b"%s\trefs/heads/main\n" % (40 * b"1"), "text/plain")
            case "auth" if self.headers.get("Authorization") != rest:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
                self.end_headers()
            case _:
                self._git()

    do_POST = do_GET  # noqa: N815  the name that the standard library calls

    def _say(self, body: bytes, kind: str = "application/x-git-upload-pack-advertisement") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def _endless(self) -> None:
        self._say(b"001e# service=git-upload-pack\n0000")
        lines = b"".join(b"%04x%s refs/heads/%08d\n" % (4 + 40 + 1 + 11 + 8 + 1, 40 * b"1", n) for n in range(1000))
        while True:
            self.wfile.write(lines)

    def _git(self) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(ROOT),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=self._body(), env=environment, capture_output=True, check=False
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, _, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, _, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return body

    def log_message(self, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
