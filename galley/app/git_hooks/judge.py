"""`judge`: the verdict on a push, by a server against the whole mesh, else by this repository's files alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from galley.app.api.answers import Finding, JudgeAnswer, JudgeRequest, SourceAnswer
from galley.app.convert import finding
from galley.app.git_hooks.alone import judge_alone
from galley.app.git_hooks.changed_files import changed_files, documents_at, texts_at
from galley.app.git_hooks.followed import Followed, followed_by
from galley.sources.git.in_place import objects_in
from pipeline.model.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.app.git_hooks.ask import Ask
    from galley.app.git_hooks.changed_files import ChangedFiles
    from galley.app.git_hooks.push import Push
    from galley.sources.git.objects import Objects
    from galley.sources.git.tree import Place
    from schemas.registry import Registry


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What is said of a push: `findings` with errors among them refuse it where `refused`; `remarks` are sentences."""

    refused: bool = False
    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How a repository's pushes are judged: by which server, or which branch and directory where none can be asked.

    `references_elsewhere` says that objects may refer to what is not in the repository: then, without a server, only
    what is wrong with a document by itself refuses it.
    """

    repository: Path
    ask: Ask
    source: str = ""
    ref: str = ""
    path: str = ""
    references_elsewhere: bool = False
    registry: Registry

    def followed(self) -> list[Followed]:
        """Return what is followed of the repository, as far as anybody can say."""
        answers = self.ask.get(list[SourceAnswer], "/api/v1/sources")
        found = followed_by(answers, self.repository, self.source) if answers else []
        if found or not self.ref:
            return found
        return [Followed(ref=self.ref, path=self.path)]

    async def verdict(self, pushes: list[Push]) -> Verdict:
        """Judge what is pushed; raise `GitError` where it cannot be read."""
        verdict, known = Verdict(), self.followed()
        async with objects_in(self.repository, os.environ) as objects:
            for one in known or [Followed(ref=self.ref, path=self.path)]:
                for push in pushes:
                    if one.concerns(push):
                        await self._one(objects, one, push, verdict)
        return verdict

    async def _one(self, objects: Objects, followed: Followed, push: Push, verdict: Verdict) -> None:
        if not push.new:
            verdict.remarks.append(f"{push.name} is deleted; what it said last is still served")
            return
        files = await changed_files(objects, push, followed.path)
        verdict.files += len(files.after)
        if not files.after:
            return
        if followed.source and await self._asked(objects, followed, files, verdict):
            return
        narrowed = followed.ref or followed.path
        everything = "" if narrowed else ", on every branch (`galley hook install` takes --branch and --path)"
        trouble = self.ask.trouble or "no server follows it"
        verdict.remarks.append(f"judged by the repository's files alone{everything}: {trouble}")
        before = await documents_at(objects, files.before, "git", self.registry)
        after = await documents_at(objects, files.after, "git", self.registry)
        found = judge_alone("git", before, after, self.registry, os.environ)
        verdict.findings += map(finding, found)
        verdict.refused |= any(self._refuses(one) for one in found)

    async def _asked(self, objects: Objects, followed: Followed, files: ChangedFiles, verdict: Verdict) -> bool:
        """Have the server judge; return whether it did."""
        texts = await texts_at(objects, files.after)
        request = JudgeRequest(source=followed.source, files=texts)
        answer = self.ask.post(JudgeAnswer, "/api/v1/judge", request)
        if answer is None:
            return False
        rest = {file: place for file, place in files.after.items() if file not in texts or _is_pointer(texts[file])}
        extra = await self._unread(objects, followed, rest, answer)
        verdict.findings += [*answer.diagnostics, *extra]
        verdict.remarks += [answer.remark] if answer.remark else []
        verdict.refused |= answer.refused or any(one.severity == "error" for one in extra)
        return True

    async def _unread(
        self, objects: Objects, followed: Followed, rest: Mapping[str, Place | None], answer: JudgeAnswer
    ) -> list[Finding]:
        """Return what is wrong with files that have no text which the server could have been shown."""
        found = await documents_at(objects, rest, followed.source, self.registry)
        told = [one for one in found.values() if isinstance(one, Diagnostic)]
        told += [fault for one in found.values() for fault in getattr(one, "faults", ())]
        known = {(one.origin.file, one.code) for one in answer.diagnostics}
        return [finding(one) for one in told if (one.origin.file, one.code) not in known]

    def _refuses(self, found: Diagnostic) -> bool:
        if found.severity is not Severity.ERROR:
            return False
        alone = found.code.startswith("GLY") or found.code in _ALONE
        return alone or not self.references_elsewhere


_ALONE = frozenset({"IST0106"})
"""Istio's code for what is wrong with a document by itself."""


def _is_pointer(text: str | None) -> bool:
    return text is not None and text.startswith("version https://git-lfs.github.com/spec/")
