"""What the checkup says of the webhook, of those that are told of commits, and of push notifications."""

from __future__ import annotations

import shlex

import orjson
import pytest

from galley.app.api.answers import GitHookAnswer, Live, Status, TargetAnswer, WebhookAnswer
from galley.app.check_told import told
from galley.app.webhook_remedy import release
from galley.settings.kubernetes import ClusterPlace


def status(**parts: object) -> Status:
    """Return a status that has nothing but these parts."""
    empty = {"revision": 1, "digest": "", "live": Live(applied=0, of=0, refused=0)}
    return Status.model_validate({**empty, "held": [], "sources": [], "proxies": [], **parts})


def webhook(trouble: str = "", policy: str = "Ignore") -> WebhookAnswer:
    """Return the answer of one cluster."""
    content = {"cluster": "kubernetes", "configuration": "galley-validation", "policy": policy, "trouble": trouble}
    return WebhookAnswer.model_validate(content)


def target(reason: str = "", *, failing: bool = True) -> TargetAnswer:
    """Return a forge that was told twice, of which the last failure is this."""
    return TargetAnswer(
        kind="github",
        host="api.github.com",
        told=2,
        failed=1,
        waiting=3,
        failing=bool(reason) and failing,
        reason=reason,
        failed_at="2026-11-23T12:00:00Z" if reason else "",
    )


def test_what_is_not_used_is_not_spoken_of() -> None:
    """Who has neither cluster nor forge reads nothing of them."""
    assert list(told(status())) == []


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        ("overruled: somebody keeps resetting caBundle or failurePolicy", "ignoreDifferences"),
        (
            "it has no webhook validation.galley.dev: galley webhook manifest prints one that has",
            "webhook.configuration",
        ),
        ("not proved: the cluster took an object that we refuse: it does not ask us", "webhook.address"),
        ("not proved: it does not ask us; before: failed calling webhook: x509: unknown authority", "webhook.names"),
        ("not proved: Internal error: failed calling webhook: dial tcp: connection refused (500)", "webhook.address"),
        ('gateways is forbidden: User "galley" cannot create resource (403)', "roles of compose/"),
        ('not proved: admission webhook "other.dev" denied the request: no (403)', "something else in the cluster"),
        ("Unauthorized (401)", "renew the server's credentials"),
        ("https://10.0.0.1:6443 is out of reach: certificate verify failed", "kubectl get --raw /readyz"),
        ("not proved: the cluster has no kind Gateway (networking.istio.io) to try", "galley schema --format crd"),
        ("not proved: we have no mesh to judge against yet", "galley sources"),
        ("something new", "kubectl get validatingwebhookconfiguration galley-validation"),
    ],
)
def test_each_trouble_of_a_webhook_has_a_remedy(trouble: str, remedy: str) -> None:
    """It is wrong, it is said in full, and something can be done."""
    (found,) = told(status(webhook=[webhook(trouble)]))
    assert (found.what, found.good) == ("webhook of kubernetes", False)
    assert trouble in found.seen
    assert remedy in found.remedy


def test_a_webhook_that_is_not_registered_is_no_fault() -> None:
    """Nothing depends on it; what would register it is said, and what ends the remark."""
    (found,) = told(status(webhook=[webhook(policy="absent")]))
    assert found.good
    assert "galley webhook manifest" in found.remedy
    (found,) = told(status(webhook=[webhook(policy="Fail")]))
    assert (found.good, found.seen, found.remedy) == (True, "galley-validation: Fail", "")


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("api.github.com answers 401", "token"),
        ("api.github.com answers 404", "`repository`"),
        ("api.github.com answers 302", "redirects"),
        ("api.github.com answers 503", "five minutes"),
        ("api.github.com answers 418", "`url`"),
        ("api.github.com: ConnectError", "over the network"),
        ("/run/secrets/token: No such file or directory", "read that file"),
        ("the address is no URL", "url_file"),
        ("which repository is /srv/mesh at github? set `repository` on the target", "OWNER/NAME"),
    ],
)
def test_each_failure_of_a_target_has_a_remedy(reason: str, remedy: str) -> None:
    """While it fails it is wrong; once a report is delivered the failure is history."""
    (found,) = told(status(notify=[target(reason)]))
    assert (found.what, found.good) == ("notify github api.github.com", False)
    assert found.seen == f"2 told, 1 failed, 3 waiting; failing: {reason} (2026-11-23T12:00:00Z)"
    assert remedy in found.remedy
    (found,) = told(status(notify=[target(reason, failing=False)]))
    assert (found.good, found.remedy) == (True, "")
    assert f"the last failure: {reason}" in found.seen


def test_a_push_hook_without_a_secret_is_no_fault_and_a_bad_one_is() -> None:
    """Who sets none waits ten seconds; who sets one means it."""
    (none,) = told(status(git_hook=GitHookAnswer(secret=False)))
    (bad,) = told(status(git_hook=GitHookAnswer(secret=False, trouble="/run/secret: fewer than 16 bytes")))
    (good,) = told(status(git_hook=GitHookAnswer(secret=True)))
    assert (none.good, "git.hook.secret_file" in none.remedy) == (True, True)
    assert (bad.good, "fewer than 16 bytes" in bad.seen) == (False, True)
    assert (good.good, good.remedy) == (True, "")


def test_the_commands_that_free_a_cluster_can_be_pasted() -> None:
    """Whatever is in a path, a shell gives the words back."""
    said = release("a", ["validation.galley.dev"], ClusterPlace("kubernetes", "/my home/it's", "prod"))
    patch, uninstall = [shlex.split(part) for part in said.split("`")[1::2]]
    assert patch[:-1] == [
        *("kubectl", "--kubeconfig", "/my home/it's", "--context", "prod"),
        *("patch", "validatingwebhookconfiguration", "a", "-p"),
    ]
    assert orjson.loads(patch[-1]) == {"webhooks": [{"name": "validation.galley.dev", "failurePolicy": "Ignore"}]}
    assert uninstall == ["galley", "webhook", "uninstall", "--kubernetes", "/my home/it's#prod", "--name", "a"]
    assert "--kubeconfig" not in release("a", [], ClusterPlace("kubernetes", "in-cluster", ""))
