"""`Rule`: who may do what, under which conditions, in an AuthorizationPolicy. Pure.

Source: istio.io/api security/v1/authorization_policy.proto (1.30).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.types.message import Message

Accounts = Annotated[tuple[Annotated[str, Field(max_length=320)], ...], Field(max_length=16)]


class Source(Message):
    """Who sends a request; the fields are combined with AND, the values of each with OR."""

    principals: tuple[str, ...] = ()
    not_principals: tuple[str, ...] = ()
    request_principals: tuple[str, ...] = ()
    not_request_principals: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    not_namespaces: tuple[str, ...] = ()
    service_accounts: Accounts = ()
    not_service_accounts: Accounts = ()
    trust_domains: tuple[str, ...] = ()
    not_trust_domains: tuple[str, ...] = ()
    ip_blocks: tuple[str, ...] = ()
    not_ip_blocks: tuple[str, ...] = ()
    remote_ip_blocks: tuple[str, ...] = ()
    not_remote_ip_blocks: tuple[str, ...] = ()


class From(Message):
    """A source."""

    source: Source | None = None


class Operation(Message):
    """What is asked for; the fields are combined with AND, the values of each with OR."""

    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    not_ports: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    not_methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()


class To(Message):
    """An operation."""

    operation: Operation | None = None


class Condition(Message):
    """An attribute, and what it must or must not be."""

    key: str
    values: tuple[str, ...] = ()
    not_values: tuple[str, ...] = ()


class Rule(Message):
    """Matches where a source, an operation and all conditions match; an empty one matches every request."""

    from_: Annotated[tuple[From, ...], Field(max_length=512, alias="from")] = ()
    to: tuple[To, ...] = ()
    when: tuple[Condition, ...] = ()
