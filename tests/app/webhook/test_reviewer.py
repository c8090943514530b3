"""What is judged, what is let through, and against which mesh."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from galley.app.webhook import reviewer
from galley.app.webhook.reviewer import Cluster
from galley.app.webhook.triage import Care
from tests.app.webhook.apiserver import document
from tests.app.webhook.judge import judging
from tests.app.webhook.test_validate import ENTRY, GATEWAY, ROUTE, RULE

if TYPE_CHECKING:
    from pathlib import Path

    from galley.app.webhook.reviewer import Verdict

GOOD = [document(text) for text in (GATEWAY, ENTRY, RULE, ROUTE)]
BAD = document(ROUTE.replace("route:", "rote:"))
LOST = document(ROUTE.replace("[front]", "[nowhere]"))
FOLLOWED = Cluster(name="east", source="kubernetes-east", followed=True)


def _codes(verdict: Verdict) -> list[str]:
    return [found.code for found in verdict.errors]


async def test_before_there_is_a_mesh_an_object_is_judged_alone(tmp_path: Path) -> None:
    """And whoever asks is told so."""
    async with judging(tmp_path) as judge:
        good, bad = await judge.ask(LOST), await judge.ask(BAD)
    assert good.answer.allowed
    assert "judged alone" in good.answer.warnings[0]
    assert not bad.answer.allowed


async def test_while_a_source_is_silent_references_only_warn(tmp_path: Path) -> None:
    """What it would have said is not missing."""
    async with judging(tmp_path, GOOD, awaited=("files",)) as judge:
        assert _codes(await judge.ask(LOST)) == ["IST0101"]
    (tmp_path / "other").mkdir()
    async with judging(tmp_path / "other", GOOD) as judge:
        object.__setattr__(judge.engine.policy, "awaited", ("files", "git"))
        verdict = await judge.ask(LOST)
        assert verdict.answer.allowed
        assert "not every source" in verdict.answer.warnings[-1]
        assert not (await judge.ask(BAD)).answer.allowed


async def test_references_may_be_set_to_warn(tmp_path: Path) -> None:
    """For those who apply in any order."""
    async with judging(tmp_path, GOOD, cross_object=False) as judge:
        verdict = await judge.ask(LOST)
        assert verdict.answer.allowed
        assert "IST0101" in verdict.answer.warnings[0]
        assert not (await judge.ask(BAD)).answer.allowed


@pytest.mark.parametrize(
    ("new", "old", "operation", "more"),
    [
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}, None, "", {}),
        ({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": 5}, None, "", {}),
        ({"apiVersion": "example.com/v1", "kind": "VirtualService", "metadata": {"name": "a"}}, None, "", {}),
        (BAD, None, "", {"subResource": "status"}),
        (BAD, None, "", {"namespace": "kube-system"}),
        (BAD, None, "CONNECT", {}),
        (BAD, None, "PATCH", {}),
        (None, None, "CREATE", {"kind": {"group": "networking.istio.io", "version": "v1", "kind": "Gateway"}}),
        (None, GOOD[0], "DELETE", {"name": ""}),
        ({**BAD, "metadata": {**BAD["metadata"], "deletionTimestamp": "2024-01-31T12:00:00Z"}}, GOOD[3], "", {}),
    ],
)
async def test_what_is_not_ours_to_judge_is_let_through(
    tmp_path: Path, new: dict[str, Any] | None, old: dict[str, Any] | None, operation: str, more: dict[str, Any]
) -> None:
    """Other kinds, subresources, namespaces left out, other operations, objects that are going."""
    async with judging(tmp_path, GOOD) as judge:
        verdict = await judge.ask(new, old, operation, **more)
    assert verdict.care is Care.PASS
    assert verdict.answer.allowed
    assert not verdict.answer.warnings


async def test_an_unknown_kind_of_our_groups_is_refused_as_validate_does(tmp_path: Path) -> None:
    """It is a typing error, or a version of Istio that we do not know."""
    async with judging(tmp_path) as judge:
        verdict = await judge.ask({**GOOD[0], "kind": "Gatway"})
    assert not verdict.answer.allowed


async def test_an_object_whose_content_stays_is_never_refused(tmp_path: Path) -> None:
    """However broken: its finalizers, labels and status may change, so that it can be mended or go."""
    async with judging(tmp_path, GOOD) as judge:
        new = copy.deepcopy(BAD)
        new["metadata"]["finalizers"] = ["a.example/b"]
        new["status"] = {"conditions": []}
        verdict = await judge.ask(new, BAD)
        changed = await judge.ask({**BAD, "spec": {**BAD["spec"], "hosts": ["a.example.com"]}}, BAD)
    assert verdict.answer.allowed
    assert verdict.answer.warnings
    assert not changed.answer.allowed


async def test_what_only_a_server_writes_is_no_fault(tmp_path: Path) -> None:
    """Owners, managed fields, generated names."""
    new = copy.deepcopy(GOOD[0])
    del new["metadata"]["name"]
    new["metadata"] |= {
        "generateName": "front-",
        "uid": "a",
        "generation": 1,
        "creationTimestamp": "2024-01-31T12:00:00Z",
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": "a", "uid": "b"}],
    }
    async with judging(tmp_path, [GOOD[1]]) as judge:
        verdict = await judge.ask(new, name="")
    assert verdict.answer.allowed
    assert not verdict.noted


async def test_a_change_is_only_asked_for_what_it_brings(tmp_path: Path) -> None:
    """What is wrong with others already is not said again; nor that fewer are in conflict than before."""
    second, third = copy.deepcopy(GOOD[0]), copy.deepcopy(GOOD[0])
    second["metadata"]["name"], third["metadata"]["name"] = "second", "third"
    async with judging(tmp_path, [*GOOD, second, third, LOST | {"metadata": {"name": "lost"}}]) as judge:
        mended = copy.deepcopy(third)
        mended["spec"]["selector"] = {"istio": "other"}
        verdict = await judge.ask(mended, third)
        worse = await judge.ask(GOOD[0] | {"metadata": {"name": "fourth", "namespace": "default"}})
    assert verdict.answer.allowed, verdict.answer.message
    assert not verdict.noted
    assert {str(found.key) for found in worse.errors} == {
        f"Gateway default/{name}" for name in ("front", "second", "third", "fourth")
    }


async def test_what_was_let_through_is_expected(tmp_path: Path) -> None:
    """A gateway and what names it may follow each other faster than the cluster's source tells of them."""
    async with judging(tmp_path, GOOD[1:3], cluster=FOLLOWED) as judge:
        await judge.ask(GOOD[0], dryRun=True)
        assert _codes(await judge.ask(GOOD[3])) == ["IST0101"], "a dry run stores nothing"
        assert (await judge.ask(GOOD[0])).answer.allowed
        assert (await judge.ask(GOOD[3])).answer.allowed
        missed = await judge.ask(None, GOOD[0])
        assert [str(found.key) for found in missed.noted] == ["VirtualService default/shop"]
        assert _codes(await judge.ask(LOST | {"metadata": {"name": "b", "namespace": "default"}})) == ["IST0101"]


async def test_the_source_has_the_last_word(tmp_path: Path) -> None:
    """What was expected and came otherwise is as it came."""
    async with judging(tmp_path, GOOD[1:3], cluster=FOLLOWED) as judge:
        assert (await judge.ask(GOOD[0])).answer.allowed
        await judge.say([GOOD[0]], source=FOLLOWED.source)
        await judge.say([GOOD[0]], source=FOLLOWED.source, gone=True)
        assert _codes(await judge.ask(GOOD[3])) == ["IST0101"]


async def test_what_a_stronger_source_has_is_told(tmp_path: Path) -> None:
    """The cluster's object has no effect then, and can break nothing."""
    async with judging(tmp_path, GOOD, cluster=FOLLOWED) as judge:
        without = copy.deepcopy(GOOD[2])
        without["spec"]["subsets"] = []
        verdict = await judge.ask(without)
        gone = await judge.ask(None, GOOD[0])
    assert verdict.answer.allowed
    assert [found.code for found in verdict.noted] == ["GLY0301"]
    assert "files" in verdict.noted[0].message
    assert not gone.noted


async def test_a_mesh_that_nobody_asks_about_adds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes is noted while something that was let through may be expected, and not for ever after."""
    async with judging(tmp_path, GOOD) as judge:
        assert (await judge.ask(document(ROUTE))).answer.allowed
        await judge.say([document(ENTRY.replace("name: ", "name: other-", 1))], source="more")
        assert judge.reviewer.heard == 1
        monkeypatch.setattr(reviewer, "_LONG_AGO", -1.0)
        await judge.say([document(ENTRY.replace("name: ", "name: another-", 1))], source="more")
        assert judge.reviewer.heard == 0


async def test_that_others_of_many_are_named_than_before_refuses_nothing(tmp_path: Path) -> None:
    """Fifteen VirtualServices claim a host; one that gives it up is let through, though others are named instead."""
    inside = ROUTE.replace("gateways: [front]", "")
    routes = [document(inside.replace("name: ", f"name: r{number:02}-", 1)) for number in range(15)]
    async with judging(tmp_path, [*GOOD[:-1], *routes]) as judge:
        new = copy.deepcopy(routes[0])
        new["spec"]["hosts"] = ["alone.example"]
        assert _codes(await judge.ask(new, routes[0])) == []
        assert _codes(await judge.ask(document(inside))) == ["IST0109"]
