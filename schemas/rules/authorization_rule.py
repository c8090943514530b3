"""Rules of the rules of an AuthorizationPolicy. Pure.

Source: Istio's `ValidateAuthorizationPolicy`, pkg/config/security/security.go, and the rules of the CRD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from schemas.fault import Fault, invalid
from schemas.json_name import json_name
from schemas.rules.addresses import subnet_problem
from schemas.rules.attributes import attribute_problem
from schemas.types.authorization_rule import Condition, From, Operation, Rule, Source, To

_HIGHEST = 65535
_TEMPLATES = ("{*}", "{**}")
_NO_TEMPLATE = re.compile(r"/\{\w+=\*\*?\}|\{\w*\}|/\*\*?|\*\*?/", re.ASCII)
_BLOCKS = ("ip_blocks", "not_ip_blocks", "remote_ip_blocks", "not_remote_ip_blocks")
_ACCOUNTS = ("service_accounts", "not_service_accounts")
_NOT_WITH_ACCOUNTS = ("principals", "not_principals", "namespaces", "not_namespaces")
_HTTP_ONLY = frozenset({"request_principals", "not_request_principals"})


def check_authorization_rule(rule: Rule, path: str) -> Iterator[Fault]:
    """Each source and operation says something, each value can be compared, each attribute exists."""
    for index, origin in enumerate(rule.from_):
        yield from _check_from(origin, f"{path}.from[{index}]")
    for index, target in enumerate(rule.to):
        yield from _check_to(target, f"{path}.to[{index}]")
    for index, condition in enumerate(rule.when):
        yield from _check_condition(condition, f"{path}.when[{index}]")


def is_l7_only(rule: Rule) -> bool:
    """Whether all that the rule asks of sources, or of operations, is known of HTTP requests only."""
    sources = [origin.source for origin in rule.from_ if origin.source is not None]
    operations = [target.operation for target in rule.to if target.operation is not None]
    if operations:
        return not any(operation.ports or operation.not_ports for operation in operations)
    tcp = [name for name in Source.model_fields if name not in _HTTP_ONLY]
    return bool(sources) and not any(getattr(source, name) for source in sources for name in tcp)


def port_text_problem(text: str) -> str:
    """What keeps the text from being the number of a port, as text."""
    if text.isascii() and text.isdecimal() and int(text[:10]) <= _HIGHEST:
        return ""
    return f"`{text[:40]}` is not the number of a port"


def path_template_problem(text: str) -> str:
    """What keeps a path with `{*}` or `{**}` from being a template: neither variables nor other wildcards."""
    if not any(template in text for template in _TEMPLATES) or not _NO_TEMPLATE.search(text):
        return ""
    return f"`{text[:80]}` is not a path template: only {{*}} and {{**}} may stand for parts of a path"


_COMPARED: Mapping[str, Callable[[str], str]] = {
    "text": lambda _: "",
    "ip": subnet_problem,
    "port": port_text_problem,
}


def _check_from(origin: From, path: str) -> Iterator[Fault]:
    source = origin.source
    where = f"{path}.source"
    if source is None:
        yield invalid(where, "the source is missing", "leave `from` out to mean any source")
        return
    if not any(getattr(source, name) for name in Source.model_fields):
        yield invalid(where, "the source says nothing", "leave `from` out to mean any source")
    for name in Source.model_fields:
        values: Sequence[str] = getattr(source, name)
        yield from _check_values(values, f"{where}.{json_name(name)}", blocks=name in _BLOCKS)
    if any(getattr(source, name) for name in _ACCOUNTS) and any(getattr(source, name) for name in _NOT_WITH_ACCOUNTS):
        yield invalid(where, "service accounts cannot stand beside namespaces or principals", "use a source for each")


def _check_values(values: Sequence[str], path: str, *, blocks: bool) -> Iterator[Fault]:
    for index, value in enumerate(values):
        if not value:
            yield invalid(f"{path}[{index}]", "a value must not be empty", "`*` means any value that is not empty")
        elif blocks and (problem := subnet_problem(value)):
            yield invalid(f"{path}[{index}]", problem)


def _check_to(target: To, path: str) -> Iterator[Fault]:
    operation = target.operation
    where = f"{path}.operation"
    if operation is None:
        yield invalid(where, "the operation is missing", "leave `to` out to mean any operation")
        return
    if not any(getattr(operation, name) for name in Operation.model_fields):
        yield invalid(where, "the operation says nothing", "leave `to` out to mean any operation")
    for name in Operation.model_fields:
        values: Sequence[str] = getattr(operation, name)
        field = f"{where}.{json_name(name)}"
        yield from _check_values(values, field, blocks=False)
        for index, value in enumerate(values):
            problem = ""
            if name.endswith("ports") and value:
                problem = port_text_problem(value)
            elif name.endswith("paths"):
                problem = path_template_problem(value)
            if problem:
                yield invalid(f"{field}[{index}]", problem)


def _check_condition(condition: Condition, path: str) -> Iterator[Fault]:
    if not condition.key:
        yield invalid(f"{path}.key", "the key must not be empty")
        return
    if not condition.values and not condition.not_values:
        yield invalid(path, f"the condition on `{condition.key[:80]}` needs `values` or `notValues`")
        return
    attribute = attribute_problem(condition.key)
    if attribute.problem:
        yield invalid(f"{path}.key", attribute.problem, attribute.hint)
    problem_of = _COMPARED[attribute.compared]
    for name, values in (("values", condition.values), ("notValues", condition.not_values)):
        for index, value in enumerate(values):
            if problem := problem_of(value) if value else "a value must not be empty":
                yield invalid(f"{path}.{name}[{index}]", problem)
