"""What `galley doctor` says of the webhook, of those that are told of commits, and of push notifications. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from galley.app.checked import Checked
from galley.app.webhook_remedy import webhook_remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.app.api.answers import GitHookAnswer, Status, TargetAnswer, WebhookAnswer

_REMEDIES: Final[tuple[tuple[str, str], ...]] = (
    (r"which repository", "set `repository: OWNER/NAME` on the target (notify.targets)"),
    (r"is no url", "the file of url_file must hold an address, https://..., and nothing else"),
    (r"answers 40[13]", "the token or secret must be right, and allow to set commit statuses: token_file, secret_file"),
    (r"answers 404", "is `repository` spelt right, and may the token see it? a forge says so of both"),
    (r"answers 422", "does the forge have that commit? is `repository` the one that is followed?"),
    (r"answers 3\d\d", "redirects are not followed: set `url` to where it leads"),
    (r"answers 429|commits wait", "it takes less than it is told: `only: failures`, or fewer `sources`"),
    (r"answers 5\d\d", "the other side is in trouble; it is tried again for five minutes"),
    (r"answers", "the other side refuses what it is told: is `url` the right one?"),
    (r": no such file|: permission|: is a directory", "the server's user must be able to read that file"),
    (r"", "the server must reach it over the network: `url`, DNS, proxies, its certificate"),
)
"""What a failure says (an expression, in lower case), and what to do then; the first that fits."""

_UNHEARD: Final = "a push is seen at the next look; to be told at once set git.hook.secret_file: docs/git-push.md"


def told(status: Status) -> Iterator[Checked]:
    """Give what there is: nothing of what is not used."""
    yield from map(_webhook, status.webhook)
    yield from map(_target, status.notify)
    if status.git_hook is not None:
        yield _git_hook(status.git_hook)


def _webhook_text(webhook: WebhookAnswer) -> str:
    """Return `galley-validation: Fail since TIME`, without its trouble."""
    return f"{webhook.configuration}: {webhook.policy}" + (f" since {webhook.since}" if webhook.since else "")


def _target_text(target: TargetAnswer) -> str:
    """Return how many reports were delivered, given up and wait, and the last failure."""
    text = f"{target.told} told, {target.failed} failed, {target.waiting} waiting"
    if not target.reason:
        return text
    return f"{text}; {'failing' if target.failing else 'the last failure'}: {target.reason} ({target.failed_at})"


def _webhook(webhook: WebhookAnswer) -> Checked:
    seen = _webhook_text(webhook) + (f"; {webhook.trouble}" if webhook.trouble else "")
    return Checked(
        what=f"webhook of {webhook.cluster}", good=not webhook.trouble, seen=seen, remedy=webhook_remedy(webhook)
    )


def _target(target: TargetAnswer) -> Checked:
    remedy = ""
    if target.failing:
        said = target.reason.lower()
        remedy = next(remedy for pattern, remedy in _REMEDIES if re.search(pattern, said))
    what = f"notify {target.kind} {target.host}" if target.host != target.kind else f"notify {target.kind}"
    return Checked(what=what, good=not target.failing, seen=_target_text(target), remedy=remedy)


def _git_hook(hook: GitHookAnswer) -> Checked:
    if hook.trouble:
        remedy = "the server's user must be able to read it, and it must hold 16 bytes or more (git.hook.secret_file)"
        return Checked(what="/hooks/git", good=False, seen=f"the secret cannot be used: {hook.trouble}", remedy=remedy)
    seen = "it has a secret" if hook.secret else "no secret, so no push is heard of"
    return Checked(what="/hooks/git", good=True, seen=seen, remedy="" if hook.secret else _UNHEARD)
