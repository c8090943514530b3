"""`galley hook`: a repository's hooks, which refuse a bad push and tell where a good one is live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from galley.app.cli.options import DEFAULT_SERVER, SchemasOption, ServerOption

if TYPE_CHECKING:
    from galley.app.api.answers import Waited
    from galley.app.git_hooks.judge import Verdict
    from galley.app.git_hooks.push import Push

app = typer.Typer(help="Git hooks: refuse a bad push, tell where a good one is live.", no_args_is_help=True)

SourceOption = Annotated[str, typer.Option(help="The source that follows the repository, where it is not on its disk.")]
BranchOption = Annotated[str, typer.Option(help="The branch to judge where no server can be asked; else all.")]
PathOption = Annotated[str, typer.Option(help="The directory to judge where no server can be asked; else all.")]
ElsewhereOption = Annotated[
    bool,
    typer.Option(help="Without a server, let through what refers to objects that the repository does not have."),
]

_WAIT = 5.0
_PATIENCE = 30.0


@app.callback()
def hook() -> None:
    """Git hooks: refuse a bad push, tell where a good one is live."""


@app.command()
def install(
    repository: Annotated[Path, typer.Argument(metavar="REPO", help="The repository that is pushed to.")],
    server: ServerOption = DEFAULT_SERVER,
    source: SourceOption = "",
    branch: BranchOption = "",
    path: PathOption = "",
    references_elsewhere: ElsewhereOption = False,
    schemas: SchemasOption = None,
) -> None:
    """Install pre-receive and post-receive into a repository; they call this very galley.

    Example: galley hook install /srv/git/mesh.git
    """
    from galley.app.cli.fail import fail
    from galley.app.cli.printing import tell
    from galley.app.git_hooks.install import CannotInstall
    from galley.app.git_hooks.install import install as install_hooks

    asking = ["--server", server, *(("--source", source) if source else ())]
    judging = [word for name, value in (("--branch", branch), ("--path", path)) if value for word in (name, value)]
    judging += ["--references-elsewhere"] if references_elsewhere else []
    judging += [word for folder in schemas or () for word in ("--schemas", str(folder.absolute()))]
    try:
        paths = install_hooks(repository, {"pre-receive": [*asking, *judging], "post-receive": asking})
    except CannotInstall as error:
        fail(str(error), error.hint)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    for one in paths:
        tell(f"installed {one}")
    typer.echo("a push is judged before it is taken; `git push` shows what is wrong, and then where it is live")


@app.command("pre-receive")
def pre_receive(
    server: ServerOption = DEFAULT_SERVER,
    source: SourceOption = "",
    branch: BranchOption = "",
    path: PathOption = "",
    references_elsewhere: ElsewhereOption = False,
    schemas: SchemasOption = None,
) -> None:
    """Judge a push before it is taken: git calls this, in the repository, with what moves on standard input.

    Exit code 1: the push is refused. Example: galley hook install /srv/git/mesh.git
    """
    import asyncio

    from galley.app.cli.fail import fail, say
    from galley.app.cli.printing import tell
    from galley.app.git_hooks.ask import Ask
    from galley.app.git_hooks.judge import Judge
    from galley.app.offline.settings import Unreadable, registry_of
    from galley.sources.git.git_error import GitError

    try:
        registry = registry_of(schemas or ())
    except (OSError, Unreadable) as error:
        fail(say(error))
    judge = Judge(
        repository=_repository(),
        ask=Ask(server, _PATIENCE),
        source=source,
        ref=branch,
        path=path.strip("/"),
        references_elsewhere=references_elsewhere,
        registry=registry,
    )
    pushes = _pushes()
    try:
        verdict = asyncio.run(judge.verdict(pushes))
    except Unreadable as error:
        fail(str(error))
    except GitError as error:
        tell(f"galley: the push cannot be read and is refused: {error}")
        raise typer.Exit(1) from error
    raise typer.Exit(_say(verdict))


def _say(verdict: Verdict) -> int:
    """Tell the pusher the verdict; return the exit code."""
    from galley.app.cli.printing import print_finding, tell

    for found in verdict.findings:
        print_finding(found)
    for remark in dict.fromkeys(verdict.remarks):
        tell(f"galley: {remark}")
    judged = f"{verdict.files} changed file{'' if verdict.files == 1 else 's'}"
    if verdict.refused:
        errors = sum(found.severity == "error" for found in verdict.findings)
        tell(
            f"galley: the push is refused: {errors} error{'' if errors == 1 else 's'} in {judged}; nothing has changed"
        )
        return 1
    if verdict.files:
        tell(f"galley: {judged}, {f'{len(verdict.findings)} to look at' if verdict.findings else 'nothing wrong'}")
    return 0


@app.command("post-receive")
def post_receive(
    server: ServerOption = DEFAULT_SERVER,
    source: SourceOption = "",
) -> None:
    """Tell where a push is live: git calls this, in the repository. Waits for 5 seconds at most.

    Example: galley hook install /srv/git/mesh.git
    """
    import time

    from galley.app.api.answers import SourceAnswer, Waited
    from galley.app.cli.printing import print_refusals, tell
    from galley.app.git_hooks.ask import Ask
    from galley.app.git_hooks.followed import followed_by

    begun = time.monotonic()
    pushes = _pushes()
    ask = Ask(server, _WAIT + 1.0)
    answers = ask.get(list[SourceAnswer], "/api/v1/sources")
    if answers is None:
        tell(f"galley: taken; whether it is live cannot be said: {ask.trouble}")
        return
    followed = followed_by(answers, _repository(), source)
    if not followed:
        tell("galley: taken; no source of the server is known to follow this repository (`galley sources`);")
        tell("galley: of one that follows it by URL, say the name: galley hook install REPO --source NAME")
    for one in followed:
        for push in pushes:
            if push.new and one.concerns(push):
                left = max(0.1, _WAIT - (time.monotonic() - begun))
                answer = ask.get(Waited, "/api/v1/wait", {"commit": push.new, "timeout": left})
                tell(f"galley: {_told(answer, push, begun) if answer else f'{one.source}: taken; {ask.trouble}'}")
                print_refusals(answer.refused if answer else [])


def _told(answer: Waited, push: Push, begun: float) -> str:
    """Return where a push is live, once it is everywhere or time is up."""
    import time

    took = f"{(time.monotonic() - begun) * 1000:.0f} ms"
    if answer.done and answer.live.of:
        return f"revision {answer.revision}: live on {answer.live.applied} of {answer.live.of} proxies in {took}"
    if answer.done or (answer.final and not answer.refused):
        return answer.message
    where = f"revision {answer.revision}: {answer.message}" if answer.revision else answer.message
    if answer.refused:
        return f"{where}, refused by {len({one.node for one in answer.refused})}; `galley status` says what is served"
    return f"{where}; `galley wait --commit {push.new[:12]}` tells when it is everywhere"


def _repository() -> Path:
    """Return the git directory in which git runs the hook."""
    import os

    from galley.app.cli.fail import fail
    from galley.app.git_hooks.followed import git_directory
    from galley.sources.git.git_error import GitError

    try:
        return git_directory(Path(os.environ.get("GIT_DIR") or Path()).absolute())
    except GitError as error:
        fail(f"git runs hooks inside a repository: {error}", "galley hook install REPO")


def _pushes() -> list[Push]:
    """Return what moves, from standard input."""
    import sys

    from galley.app.cli.fail import fail
    from galley.app.git_hooks.push import read_pushes

    try:
        return read_pushes(sys.stdin)
    except (ValueError, UnicodeDecodeError) as error:
        fail(f"standard input: {error}", "git runs this; install it with: galley hook install REPO")
