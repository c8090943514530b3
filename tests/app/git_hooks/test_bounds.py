"""Whoever asks about pushes, without a token, holds up nobody but those who ask the same."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import orjson
import pytest

from galley.app.control import judging as bounds
from galley.app.webhook.reviewer import MOST_PUSHES, Busy
from tests.app.live import running
from tests.app.webhook.apiserver import document
from tests.app.webhook.judge import judging
from tests.app.webhook.test_validate import ENTRY, GATEWAY, ROUTE, RULE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.sources.diff import Found

GOOD = [document(text) for text in (GATEWAY, ENTRY, RULE, ROUTE)]
JSON = {"content-type": "application/json"}
ENTRIES = "\n---\n".join(ENTRY.replace("name: ", f"name: x{number}-", 1) for number in range(5))


async def test_pushes_wait_for_each_other_and_nothing_else_does(tmp_path: Path) -> None:
    """Objects are judged, and threads of asyncio (by which the log is written) are free, while pushes are read."""
    read = threading.Event()

    def slowly() -> Mapping[str, Found]:
        assert read.wait(30)
        return {}

    async with judging(tmp_path, GOOD) as judge, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(judge.reviewer.weigh("files", slowly)) for _ in range(MOST_PUSHES)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await judge.reviewer.weigh("files", slowly)
        async with asyncio.timeout(20):
            assert (await judge.ask(document(ROUTE))).answer.allowed
            await asyncio.gather(*(asyncio.to_thread(int) for _ in range(100)))
        assert not any(task.done() for task in asked)
        read.set()
        assert [(await task).alone for task in asked] == [()] * MOST_PUSHES
        assert (await judge.reviewer.weigh("files", slowly)).complete


async def test_a_push_that_is_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Millions of files are not even parsed; neither objects nor the time to read them are without bounds."""
    async with running(tmp_path) as live:
        many = orjson.dumps({"files": {f"{number}": "" for number in range(50_000)}})
        answer = await live.http.post("/api/v1/judge", content=many, headers=JSON)
        assert (answer.status_code, "20000 files" in answer.json()["error"]) == (413, True)
        fair = {"files": {"a.yaml": ENTRIES, "quotes.yaml": 'a: "b"\n' * 1_000}}
        assert (await live.http.post("/api/v1/judge", json=fair)).status_code == 200
        for bound, value, word in (("MOST_OBJECTS", 4, "objects"), ("SECONDS", -1.0, "takes more")):
            with monkeypatch.context() as patch:
                patch.setattr(bounds, bound, value)
                answer = await live.http.post("/api/v1/judge", json=fair)
                assert (answer.status_code, word in answer.json()["error"]) == (413, True)
