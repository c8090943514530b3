"""Talks to a server's API; what goes wrong ends the command with exit code 2 and a sentence that says what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from galley.app.api.answers import Problem, ServerAnswer
from galley.app.cli.fail import fail
from galley.app.cli.follow import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")

NO_SERVER = "start one with `galley serve --files DIR`, or name it: --server URL"
"""What to do where there is no server."""


class Unreachable(Exception):
    """A server cannot be talked to, and why, in words."""


class Client:
    """A connection to one server."""

    def __init__(self, server: str, timeout: float = 30.0) -> None:
        """Prepare to talk to `server` (HOST:PORT or a URL)."""
        url = server if "://" in server else f"http://{server}"
        self._server = server
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=timeout, trust_env=False)

    def get(self, shape: type[T], path: str, query: Mapping[str, Any] | None = None) -> T:
        """Return the answer to a read, in its shape."""
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        return self._answer(shape, self._send("GET", path, params=wanted))

    def post(self, shape: type[T], path: str, body: BaseModel | None = None) -> T:
        """Return the answer to a change; it carries the token that lies in the server's data directory."""
        headers = {"authorization": f"Bearer {self._token()}"}
        content = body.model_dump_json() if body else None
        if content:
            headers["content-type"] = "application/json"
        return self._answer(shape, self._send("POST", path, headers=headers, content=content))

    @contextmanager
    def lines(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """Give the lines of an answer as they come; raise `Unreachable` where it cannot be had, or breaks off."""
        try:
            with self._http.stream("GET", path, params=query, headers=headers) as response:
                if not response.is_success:
                    response.read()
                    _refused(response)
                yield lines_of(response.iter_bytes())
        except httpx.TransportError as error:
            raise Unreachable(self.unreachable(error)) from error

    def unreachable(self, error: httpx.TransportError) -> str:
        """Say in words that the server could not be talked to."""
        if isinstance(error, httpx.TimeoutException):
            return f"the server at {self._server} does not answer in time"
        return f"no server at {self._server}: {_reason(error)}"

    def _token(self) -> str:
        from galley.app.data_directory import read_admin_token

        data = Path(self.get(ServerAnswer, "/api/v1/server").data)
        found = read_admin_token(data)
        if found is None:
            fail(f"changes need the token in {data}/admin.token, which cannot be read", "run this as the server's user")
        return found

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401  httpx's options
        try:
            response = self._http.request(method, path, **options)
        except httpx.TimeoutException as error:
            fail(self.unreachable(error), "see `galley doctor`")
        except httpx.TransportError as error:
            fail(self.unreachable(error), NO_SERVER)
        return response

    def _answer(self, shape: type[T], response: httpx.Response) -> T:
        if not response.is_success:
            _refused(response)
        return TypeAdapter(shape).validate_json(response.content)


def _reason(error: Exception) -> str:
    """Return what went wrong with a connection, without the number that Python puts before it."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error))


def _refused(response: httpx.Response) -> NoReturn:
    """End the command with the server's own words."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValueError:
        url = response.request.url.copy_with(path="/", query=None)
        problem = Problem(
            error=f"{url} answers {response.status_code} {response.text[:200]}".rstrip(),
            hint="is that a Galley's administration address?",
        )
    fail(problem.error, problem.hint)
