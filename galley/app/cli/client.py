"""Talks to a server's API; what goes wrong ends the command with exit code 2 and a sentence that says what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from galley.app.api.answers import Problem, ServerAnswer
from galley.app.cli.fail import fail

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


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
        except httpx.TimeoutException:
            fail(f"the server at {self._server} does not answer in time", "see `galley doctor`")
        except httpx.TransportError as error:
            hint = "start one with `galley serve --files DIR`, or name it: --server URL"
            fail(f"no server at {self._server}: {_reason(error)}", hint)
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
