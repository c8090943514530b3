"""Broad excepts: a handler of everything stands only where the design puts a guard, and each is listed here.

Wrong configuration is data and the wrong world has its own exceptions, so a handler of everything hides our own faults,
except in the lifecycle and in the guard around each record.
"""

import ast
from collections.abc import Iterator

from tests.house.tree import Finding, Tree, run

BROAD = frozenset({"Exception", "BaseException", "ExceptionGroup", "BaseExceptionGroup"})

ALLOWED: dict[str, str] = {
    "galley/sources/kubernetes/connection.py::Connection._load": "a kubeconfig may run somebody's credential plugin",
    "galley/sources/kubernetes/connection.py::Connection.credentials": "likewise, whenever a token is renewed",
    "galley/sources/kubernetes/projection.py::Projection.__call__": "an object that cannot be read is held, alone",
    "galley/kafka/live_topic.py::LiveTopic.put": "whatever aiokafka raises, it is said again, and serving goes on",
    "galley/kafka/live_topic.py::LiveTopic.follow": "likewise: the topic is read anew",
    "galley/app/supervise.py::follow": "a source that raises runs again after a pause, and the others go on",
    "pipeline/derive/graph.py::Graph._run": "a rule that raises poisons its own readers, and nobody else",
    "pipeline/engines/embedded.py::EmbeddedEngine._take": "a batch that breaks a stage is refused alone",
    "pipeline/engines/kafka/engine.py::KafkaEngine._sessions": "a session that fails is begun anew; serving goes on",
    "pipeline/engines/kafka/faust_worker.py::FaustWorker.run": "whatever Faust raises, a new worker is made",
    "pipeline/engines/kafka/faust_worker.py::FaustWorker._stop": "whatever Faust raises as it ends, it is gone",
    "pipeline/engines/kafka/term.py::Term._step": "an entry that breaks a stage is refused alone",
    "pipeline/engines/kafka/writer.py::Writer.take": "an entry that ends a term is taken by the next one",
    "pipeline/engines/outlet.py::Outlet._hand": "a sink that raises is reported, and the others get their snapshot",
    "sinks/kafka/upkeep.py::Upkeep.run": "whatever a client library raises, it is tried again, and serving goes on",
    "pipeline/stages/accept.py::accept": "an object whose check raises is held, with a diagnostic, and the others flow",
}
"""`file::function` to the reason why that function may catch everything."""


def handlers(node: ast.AST, owner: str = "") -> Iterator[tuple[str, int]]:
    """Each broad handler below a node, as the qualified name of its function and its line."""
    for child in ast.iter_child_nodes(node):
        name = owner
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{owner}.{child.name}" if owner else child.name
        if isinstance(child, ast.ExceptHandler | ast.Call) and is_broad(child):
            yield owner, child.lineno
        yield from handlers(child, name)


def is_broad(node: ast.AST) -> bool:
    """Whether a node is an `except` of everything that keeps it, or a `suppress` of everything."""
    match node:
        case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
            return False
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.Tuple(elts=caught)):
            return any(is_everything(one) for one in caught)
        case ast.ExceptHandler(type=caught):
            return is_everything(caught)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught):
            return any(is_everything(one) for one in caught)
        case _:
            return False


def is_everything(node: ast.AST | None) -> bool:
    """Whether an expression names one of the exceptions that hold all others."""
    return isinstance(node, ast.Name) and node.id in BROAD


def check(tree: Tree, allowed: dict[str, str] = ALLOWED) -> list[Finding]:
    """The broad handlers that are not listed, and the listed ones that are gone."""
    found = []
    met = set()
    for name, module in tree.modules.items():
        for owner, line in handlers(module):
            met.add(f"{name}::{owner}")
            if f"{name}::{owner}" not in allowed:
                found.append(Finding(name, line, f"`{owner}` catches everything: name the exceptions"))
    gone = [Finding(place.split("::")[0], 1, f"{place} is listed but catches nothing broad") for place in allowed]
    return found + [finding for place, finding in zip(allowed, gone, strict=True) if place not in met]


if __name__ == "__main__":
    run(check)
