"""How the webhook and the notifier are, as the API tells it: which clusters ask us, and whom we tell of commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.api.answers import GitHookAnswer, TargetAnswer, WebhookAnswer
from galley.app.convert import time_text
from galley.app.git_hooks.secret import Unusable, push_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.app.notify.messenger import Messenger
    from galley.app.webhook.registered import Registered
    from galley.settings.git_hook import GitHookSettings


def webhook_answers(registered: Iterable[Registered]) -> list[WebhookAnswer]:
    """Return what is known of each cluster's ValidatingWebhookConfiguration."""
    return [
        WebhookAnswer(
            cluster=one.cluster,
            configuration=one.configuration,
            policy=one.policy,
            since=time_text(one.since),
            trouble=one.trouble,
        )
        for one in registered
    ]


def target_answers(messengers: Iterable[Messenger]) -> list[TargetAnswer]:
    """Return how telling each target goes."""
    return [
        TargetAnswer(
            kind=one.target.kind,
            host=one.host,
            told=one.told,
            failed=one.failed,
            waiting=one.waiting,
            failing=one.failing,
            reason=one.reason,
            failed_at=time_text(one.failed_at),
        )
        for one in messengers
    ]


def git_hook_answer(settings: GitHookSettings | None) -> GitHookAnswer | None:
    """Return whether there is a secret to know forges by; None where nobody is listened to at all."""
    if settings is None:
        return None
    if settings.secret_file is None:
        return GitHookAnswer(secret=False)
    try:
        push_secret(settings.secret_file)
    except Unusable as error:
        return GitHookAnswer(secret=False, trouble=f"{settings.secret_file}: {error}")
    return GitHookAnswer(secret=True)
