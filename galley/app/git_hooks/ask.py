"""`Ask`: asks a server for a hook, which goes on without it where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

T = TypeVar("T")

_CONNECT: Final = 1.0
"""Seconds to find out that there is no server: somebody waits at a terminal."""


class Ask:
    """One server's API. `trouble` is why the last question has no answer, empty where it has one."""

    def __init__(self, server: str, seconds: float) -> None:
        """Ask this server (HOST:PORT or a URL), which may take so long to answer."""
        self._url = (server if "://" in server else f"http://{server}").rstrip("/")
        self._timeout = httpx.Timeout(seconds, connect=_CONNECT)
        self.trouble = ""

    def get(self, shape: type[T], path: str, query: Mapping[str, str | float] | None = None) -> T | None:
        """Return the answer to a question; None where there is none."""
        return self._ask(shape, "GET", path, params=dict(query or {}))

    def post(self, shape: type[T], path: str, body: BaseModel) -> T | None:
        """Return the answer to a question with a body; None where there is none."""
        headers = {"content-type": "application/json"}
        return self._ask(shape, "POST", path, content=body.model_dump_json(), headers=headers)

    def _ask(self, shape: type[T], method: str, path: str, **options: Any) -> T | None:  # noqa: ANN401  httpx's options
        self.trouble = ""
        try:
            with httpx.Client(timeout=self._timeout, trust_env=False) as http:
                answer = http.request(method, self._url + path, **options)
            if not answer.is_success:
                self.trouble = f"the server at {self._url} answers {answer.status_code}"
                return None
            return TypeAdapter(shape).validate_json(answer.content)
        except (ValidationError, httpx.InvalidURL):
            self.trouble = f"{self._url} is no Galley's administration address"
        except httpx.TimeoutException:
            self.trouble = f"the server at {self._url} does not answer in time"
        except httpx.HTTPError:
            self.trouble = f"no server at {self._url}"
        return None
