"""What a push would do, judged against the mesh as it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from galley.app.api.answers import JudgeAnswer
from galley.app.control.refused import Refused
from galley.app.convert import findings
from galley.app.push_judgement import sorted_findings
from galley.documents.read import read
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from galley.app.api.answers import JudgeRequest
    from galley.app.webhook.reviewer import Reviewer
    from galley.sources.diff import Found
    from schemas.registry import Registry

UNKNOWN = "pushed"
"""The source of files that no source follows."""

_INCOMPLETE = "not every source has been heard yet: what depends on other objects is only warned of"


async def judge(reviewer: Reviewer | None, registry: Registry, request: JudgeRequest) -> JudgeAnswer:
    """Return the verdict on files; raise `Refused` where this server judges nothing."""
    if reviewer is None:
        raise Refused(
            404, "this server judges nothing", "ask one that runs with the role webhook, and its address open"
        )
    source = request.source or UNKNOWN

    def read_all() -> dict[str, Found]:
        return {
            file: None if text is None else read(text.encode("utf-8", "replace"), source, file, registry=registry)
            for file, text in request.files.items()
        }

    found = await asyncio.to_thread(read_all)
    weighed = await reviewer.weigh(source, found)
    refusing = (*weighed.alone, *weighed.among) if weighed.complete else weighed.alone
    answer = findings(sorted_findings((*weighed.alone, *weighed.among)), sum(map(_documents, found.values())))
    return JudgeAnswer(
        **answer.model_dump(),
        refused=any(one.severity is Severity.ERROR for one in refusing),
        remark="" if weighed.complete else _INCOMPLETE,
    )


def _documents(found: Found) -> int:
    return getattr(found, "documents", 0)
