"""`Mirror`: our own bare copy of one reference of a repository, shallow: the tip and nothing before it.

Everything is read from it, also where the repository lies on this machine's disk: so what we read was checked by git
(`fsckObjects`), does not change under us whatever is rewritten or collected there, and the configuration of a place
that others can write to concerns one process of git only, which runs no command of it. A fetch of one changed file
costs some 50 ms.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from galley.sources.git import local
from galley.sources.git.damaged import DamagedError
from galley.sources.git.environment import configuration, environment, header_of
from galley.sources.git.git_error import GitError
from galley.sources.git.in_place import commit_at
from galley.sources.git.objects import Objects
from galley.sources.git.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from galley.settings.git import GitRepository, GitSettings
    from galley.sources.git.commit import Commit

_TIP: Final = "refs/galley/tip"
_OLDEST: Final = (2, 32)
"""The first git that can be told to read no configuration but ours."""

_MOST_PACKS: Final = 64
"""Fetches, each of which leaves a pack, before they are made one."""

_LONGEST_TOKEN: Final = 16 * 1024
_DAMAGED = re.compile(r"bad object|corrupt|is empty|unable to read|missing (?:blob|tree|commit)|loose object|bad tree")
_OPTIONS: Final = (
    *("--quiet", "--depth=1", "--update-shallow", "--force", "--no-tags", "--no-recurse-submodules"),
    *("--no-write-fetch-head", "--no-auto-maintenance", "--no-write-commit-graph"),
)


class Tip(NamedTuple):
    """What a repository says of the reference: its full name (or HEAD), the branch behind HEAD, and the object's id."""

    ref: str
    branch: str
    oid: str


class Mirror:
    """A copy in a directory of ours. Not for use by two at once."""

    def __init__(self, repository: GitRepository, home: Path, settings: GitSettings) -> None:
        """Take the directory in which all copies lie; nothing is made before `tip`."""
        self._repository = repository
        self._settings = settings
        self._home = home
        self._url = str(repository.directory) if repository.scheme == "file" else repository.url
        what = f"{self._url}\0{repository.ref}\0{repository.path}"
        self.directory = home / hashlib.blake2b(what.encode(), digest_size=10).hexdigest()
        self._config = home / f"{self.directory.name}.config"
        self._prepared = False
        self._fetches = 0
        self._found: Tip | None = None

    def objects(self) -> Objects:
        """Return a reader of what is fetched."""
        return Objects(self._program(secret=False), self.directory)

    async def tip(self) -> Tip | None:
        """Ask the repository where the reference is now; None where the repository is empty. Raise `GitError`."""
        if not self._prepared:
            await self._prepare()
        if self._repository.scheme == "file":
            lies = local.find(self._repository.directory)
            if not self._repository.alternates:
                local.check_alternates(lies)
        ref = self._repository.ref
        wanted = (ref, f"refs/heads/{ref}", f"refs/tags/{ref}") if ref else ("HEAD",)
        refs, branch = await self._ask(wanted)
        for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref) if ref else ("HEAD",):
            if name in refs:
                self._found = Tip(name, branch or name, refs[name])
                return self._found
        self._found = None
        if not (await self._ask(()))[0]:
            return None
        if ref:
            raise GitError(f"the repository has no branch or tag {ref}; what it said last is kept")
        raise GitError("the repository's HEAD names a branch that is not there; name one: URL#BRANCH")

    async def fetch(self, tip: Tip, objects: Objects) -> Commit:
        """Bring the reference, as it is now, into the copy; return its commit. Raise `GitError`."""
        git = f"--git-dir={self.directory}"
        if not (self.directory / "HEAD").exists():
            kind = "sha256" if len(tip.oid) > 40 else "sha1"  # noqa: PLR2004  the digits of a SHA-1
            await self._program(secret=False).run(
                *("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(self.directory))
            )
        done = False
        try:
            await self._program().run(git, "fetch", *_OPTIONS, "--", self._url, f"+{tip.ref}:{_TIP}")
            done = True
        except GitError as error:
            if _DAMAGED.search(str(error)) and "fsck" not in str(error):
                self.discard()
            raise
        finally:
            if not done:
                self._clear()
        self._fetches += 1
        return await self._commit(git, objects)

    async def tidy(self, objects: Objects) -> None:
        """Make the packs of many fetches one, and drop what nothing leads to any longer."""
        if self._fetches < _MOST_PACKS and (not self._fetches or self._bytes() <= self._settings.max_bytes):
            return
        self._fetches = 0
        await objects.restart()
        await self._program(secret=False).run(f"--git-dir={self.directory}", "gc", "--quiet", "--prune=now")

    def discard(self) -> None:
        """Drop the copy, so that the next fetch makes a new one."""
        shutil.rmtree(self.directory, ignore_errors=True)

    # ----------------------------------------------------------------------------------------------------------------

    async def _prepare(self) -> None:
        """Make the directory and the configuration, see that git is new enough, and clear what a crash left."""
        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._repository.directory
            safe = (path, path / ".git", path.resolve(), path.resolve() / ".git")
            local_ones = tuple(dict.fromkeys(safe)) if self._repository.scheme == "file" else ()
            self._config.write_text(configuration((*local_ones, self.directory)))
        except OSError as error:
            raise GitError(f"{self._home} cannot be used: {error.strerror}") from error
        words = (await self._program(secret=False).run("version")).decode("ascii", "replace").split()
        found = re.match(r"(\d+)\.(\d+)", words[2]) if len(words) > 2 else None  # noqa: PLR2004  git version X
        if found is None or (int(found[1]), int(found[2])) < _OLDEST:
            raise GitError(f"{' '.join(words[:3])} is too old; install git 2.32 or newer")
        self._clear()
        self._fetches = len(list((self.directory / "objects" / "pack").glob("*.pack")))
        self._prepared = True

    async def _ask(self, names: tuple[str, ...]) -> tuple[dict[str, str], str]:
        """Return references with their ids, all or those of these names, and the branch that is HEAD's."""
        kinds: tuple[str, ...] = ()
        if names and self._found is not None and self._found.ref.startswith(("refs/heads/", "refs/tags/")):
            # Known to be a branch or a tag, it need not be looked for among all that a repository has.
            kinds = ("--heads",) if self._found.ref.startswith("refs/heads/") else ("--tags",)
        output = await self._program().run("ls-remote", "--quiet", "--symref", *kinds, "--", self._url, *names)
        refs: dict[str, str] = {}
        branch = ""
        for line in output.decode("utf-8", "replace").splitlines():
            oid, _, name = line.partition("\t")
            if oid.startswith("ref: ") and name == "HEAD":
                branch = oid.removeprefix("ref: ")
            elif re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", oid) and (not names or name in names):
                refs[name] = oid
        return refs, branch

    async def _commit(self, git: str, objects: Objects) -> Commit:
        program = self._program(secret=False)
        oid = (await program.run(git, "rev-parse", "--verify", "--quiet", f"{_TIP}^{{commit}}")).decode().strip()
        try:
            return await commit_at(objects, oid)
        except GitError as error:
            raise DamagedError(str(error)) from error

    def _program(self, *, secret: bool = True) -> Program:
        """Return git as it is run for this repository; the secret is read anew, since it may have been renewed."""
        token = self._secret() if secret else ""
        repository = self._repository
        return Program(
            environment=environment(repository, self._config, os.environ, token),
            directory=self._home,
            seconds=self._settings.timeout,
            file_bytes=self._settings.max_bytes,
            secrets=(token, header_of(repository.user, token)) if token else (),
        )

    def _secret(self) -> str:
        file = self._repository.token_file
        if file is None:
            return self._repository.secret.get_secret_value()
        try:
            with file.expanduser().open(encoding="utf-8") as lines:
                return lines.read(_LONGEST_TOKEN).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise GitError(f"the token cannot be read from {file}: {error}") from error

    def _bytes(self) -> int:
        """Return how much lies in packs."""
        return sum(path.stat().st_size for path in (self.directory / "objects" / "pack").glob("*.pack"))

    def _clear(self) -> None:
        """Remove what a process of ours that was killed left: locks, and packs that were not finished."""
        for pattern in ("**/*.lock", "objects/pack/tmp_*", "objects/*/tmp_obj_*", "objects/tmp_*"):
            for path in self.directory.glob(pattern):
                with suppress(OSError):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
