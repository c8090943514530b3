"""Which refusals go back to which objects."""

from __future__ import annotations

from galley.app.kubernetes_status.blamed import ASKED, blamed
from pipeline.model.delivery import Delivery, DeliveryState
from pipeline.model.key import Key
from tests.pipeline.builders import thing


def refusal(node: str, name: str = "80/a") -> Delivery:
    """Return that a proxy refuses a resource."""
    return Delivery(subscriber=node, type_url="type", name=name, version="v", state=DeliveryState.NACKED, reason="no")


def test_a_fleet_that_refuses_one_resource_is_asked_about_a_few_times() -> None:
    """All of its proxies are counted, and what the resource was made of is looked up for a few of them."""
    asked: list[str] = []
    made = thing("a").key

    def made_of(node: str, type_url: str, name: str) -> list[Key]:
        del type_url, name
        asked.append(node)
        return [made]

    fleet = [refusal(f"node-{number}") for number in range(1_000)]
    assert blamed(fleet, made_of) == {made: fleet}
    assert len(asked) == ASKED


def test_each_resource_goes_back_to_its_own_objects() -> None:
    """Two resources of one proxy may be made of different objects, or of one."""
    one, other = thing("one").key, thing("other").key
    made: dict[str, list[Key]] = {"80/a": [one], "80/b": [one, other], "80/c": []}
    found = blamed([refusal("n", name) for name in made], lambda _node, _type, name: made[name])
    names = {key: [item.name for item in items] for key, items in found.items()}
    assert names == {one: ["80/a", "80/b"], other: ["80/b"]}
