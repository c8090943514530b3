"""How reports reach a target that may be slow, down, or refuse them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from galley.app.notify.messenger import ATTEMPTS, MOST, Messenger
from galley.settings.notify import NotifySettings, NotifyTarget
from galley.sources.backoff import Backoff
from tests.app.notify.listener import listening
from tests.app.notify.test_outgoing import REPORT
from tests.sources.contract import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def delivering(
    root: Path, url: str, backoff: Backoff | None = None, /, **fields: object
) -> AsyncIterator[Messenger]:
    """Run a messenger to a webhook, or to what the fields say."""
    (root / "secret").write_text("a token that is secret")
    fields = {"kind": "webhook", "url": url, "secret_file": root / "secret", **fields}
    target = NotifyTarget.model_validate(fields)
    messenger = Messenger(target, NotifySettings(targets=(target,)), lambda: 1_000.0, backoff or Backoff(0.01, 0.02))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(messenger.run())
        try:
            yield messenger
        finally:
            task.cancel()


async def test_a_report_is_delivered(tmp_path: Path) -> None:
    """Once, with the commit in it."""
    with listening() as listener:
        async with delivering(tmp_path, listener.url) as messenger:
            messenger.put(REPORT)
            await eventually(lambda: messenger.told == 1)
        assert [told.json["commit"] for told in listener.told] == [REPORT.commit]


async def test_what_is_down_is_tried_again_with_the_latest(tmp_path: Path) -> None:
    """A report that waits gives way to a newer one of its commit; other commits wait their turn."""
    with listening() as listener:
        listener.answers = [503]
        async with delivering(tmp_path, listener.url) as messenger:
            messenger.put(replace(REPORT, state="pending", text="first"))
            await eventually(lambda: len(listener.told) > 1)
            messenger.put(replace(REPORT, text="second"))
            messenger.put(replace(REPORT, commit="e" * 40, text="other"))
            listener.answers = [201]
            await eventually(lambda: messenger.told == 2)
        assert {told.json["text"] for told in listener.told[-2:]} == {"second", "other"}


async def test_what_is_refused_for_good_is_said_once_without_the_secret(tmp_path: Path) -> None:
    """Neither repeated nor silent; the log has who and which status, and so has who asks, until it goes well again."""
    with listening() as listener, capture_logs() as logs:
        listener.answers = [401]
        async with delivering(
            tmp_path, listener.url, kind="gitea", repository="a/b", token_file=tmp_path / "secret"
        ) as to:
            to.put(REPORT)
            await eventually(lambda: to.failed == 1)
            assert (to.failing, to.waiting, to.host) == (True, 0, "127.0.0.1")
            assert (to.reason, to.failed_at) == ("127.0.0.1 answers 401", 1_000.0)
            listener.answers = [201]
            to.put(REPORT)
            await eventually(lambda: to.told == 1)
            assert (to.failing, to.reason) == (False, "127.0.0.1 answers 401")
        assert len(listener.told) == 2
    assert [(log["event"], log["reason"]) for log in logs] == [("notify.failed", "127.0.0.1 answers 401")]
    assert "a token that is secret" not in str(logs)


async def test_nobody_there_costs_a_bounded_number_of_attempts(tmp_path: Path) -> None:
    """A target that never comes back is given up, and so are more commits than can wait."""
    with listening() as listener:
        url = listener.url
    async with delivering(tmp_path, url) as messenger:
        for number in range(MOST + 5):
            messenger.put(replace(REPORT, commit=str(number)))
        assert (messenger.failed, messenger.waiting) == (5, MOST)
        assert messenger.reason == f"more than {MOST} commits wait: the oldest are not told"
        await eventually(lambda: messenger.failed > 5)
    assert messenger.told == 0


async def test_what_gives_way_in_its_last_pause_costs_the_others_nothing(tmp_path: Path) -> None:
    """Newer commits crowd a report out just before it would be given up; they are delivered all the same."""

    class Crowded(Backoff):
        pauses = 0

        def pause(self, asked: float = 0.0) -> float:
            self.pauses += 1
            if self.pauses == ATTEMPTS:
                listener.answers = [201]
                for number in range(MOST):
                    messenger.put(replace(REPORT, commit=str(number)))
            return super().pause(asked)

    with listening() as listener:
        listener.answers = [503]
        async with delivering(tmp_path, listener.url, Crowded(0.001, 0.001)) as messenger:
            messenger.put(REPORT)
            await eventually(lambda: messenger.told == MOST)
            assert (messenger.failed, messenger.waiting) == (1, 0)


async def test_people_are_told_what_they_asked_for(tmp_path: Path) -> None:
    """Slack hears of what is final, with `only: failures` of failures alone, and of the sources that are named."""
    (tmp_path / "address").write_text("x")
    with listening() as listener:
        (tmp_path / "address").write_text(listener.url)
        fields = {"kind": "slack", "url_file": tmp_path / "address", "only": "failures", "sources": ["git"]}
        async with delivering(tmp_path, "", **fields) as messenger:
            for state in ("pending", "success", "failure"):
                messenger.put(replace(REPORT, state=state, commit=state))
            messenger.put(replace(REPORT, source="git-2"))
            await eventually(lambda: messenger.told == 1)
        assert [told.json["text"].split()[1] for told in listener.told] == ["`failure`"]
