"""Proxies as the API tells them: what each was sent, and which lines that was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.api.answers import ExplainAnswer, RelatedAnswer, SentAnswer
from galley.app.control.names import type_word
from galley.app.control.refused import Refused
from galley.app.convert import name, place
from proxy.resource_type import ResourceType
from proxy.translate.as_json import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.derive import Graph
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from proxy.node import Node
    from proxy.ref import Ref
    from proxy.xds.catalogue import Catalogue
    from proxy.xds.ledger import Ledger, Sent


class Proxies:
    """Asks the ledger who has what, and the graph what that was made of."""

    def __init__(self, graph: Graph, catalogue: Catalogue, ledger: Ledger) -> None:
        """Read these; change nothing."""
        self._graph = graph
        self._catalogue = catalogue
        self._ledger = ledger

    def node(self, text: str) -> Node:
        """Return the connected node of that id, or the only one whose id has the text in it; refuse otherwise."""
        nodes = {state.node.id: state.node for state in self._ledger.proxies() if state.connected}
        if text in nodes:
            return nodes[text]
        near = [identity for identity in nodes if text in identity]
        if len(near) != 1:
            found = f"{len(near)} of the connected proxies have" if near else "no connected proxy has"
            raise Refused(404, f"{found} {text!r} in its id", "`galley proxies` lists them")
        return nodes[near[0]]

    def sent(self, text: str, type_: ResourceType | None, *, bodies: bool) -> list[SentAnswer]:
        """Return what a proxy was sent."""
        node = self.node(text)
        return [self._sent(node, item, bodies=bodies) for item in self._ledger.sent(node.id, type_)]

    def explain(self, text: str, resource: str) -> list[ExplainAnswer]:
        """Return the objects that a proxy's resources of that name were made of; refuse where it has none."""
        node = self.node(text)
        found: dict[str, dict[Key, Resource]] = {}
        for type_ in ResourceType:
            for ref in self._refs(node, type_):
                if ref.name == resource:
                    parts = {part.key: part for part in self._made_of(ref)}
                    found.setdefault(type_word(type_.type_url), {}).update(parts)
        if not found:
            raise Refused(404, f"{node.id} has no resource {resource}", f"`galley proxy {text}` lists them")
        return [
            ExplainAnswer(node=node.id, type=word, name=resource, objects=_related(parts.values()))
            for word, parts in found.items()
        ]

    def made_of(self, identity: str, type_url: str, resource: str) -> list[Resource]:
        """Return the objects that a node's resource was made of; none where there is no such node or resource."""
        state = self._ledger.proxy(identity)
        type_ = next((type_ for type_ in ResourceType if type_.type_url == type_url), None)
        if state is None or type_ is None:
            return []
        for ref in self._refs(state.node, type_):
            if ref.name == resource:
                return self._made_of(ref)
        return []

    def _sent(self, node: Node, item: Sent, *, bodies: bool) -> SentAnswer:
        return SentAnswer(
            node=node.id,
            type=item.type.word,
            name=item.name,
            version=item.version,
            state=item.state.value,
            reason=item.reason,
            body=as_json(item.held) if bodies and item.held else None,
        )

    def _refs(self, node: Node, type_: ResourceType) -> tuple[Ref, ...]:
        scope = self._graph.derive(self._catalogue.scope_of, node)
        found: tuple[Ref, ...] = self._graph.derive(self._catalogue.refs, (scope, type_))
        return found

    def _made_of(self, ref: Ref) -> list[Resource]:
        keys: frozenset[Key] = self._graph.reads(ref.rule, ref.key)
        found = (self._graph.get(key) for key in sorted(keys))
        return [resource for resource in found if resource is not None]


def _related(parts: Iterable[Resource]) -> list[RelatedAnswer]:
    ordered = sorted(parts, key=lambda part: part.key)
    return [RelatedAnswer(resource=name(part.key), origin=place(part.origin)) for part in ordered]
